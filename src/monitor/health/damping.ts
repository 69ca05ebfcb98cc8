/** How much a WAN has flapped: a penalty that halves with time. */
export interface Flaps {
  readonly penalty: number;
  /** When the penalty had this value. */
  readonly at: number;
  /** Set when the penalty went over the limit; a WAN that is well stays out of use until then. */
  readonly dampedUntil?: number;
}

export const NO_FLAPS: Flaps = { penalty: 0, at: 0 };

/** One thing made wrong, or only made to look wrong. */
export interface Mutation {
  /** `ACCEPT after "-A PREROUTING … -j MARK …"` */
  readonly name: string;
  readonly text: string;
}

/** Bits that no subject uses: a save of them saves nothing. */
export const FOREIGN_BITS = '0x400000';

/** A chain that is gone to and has nothing. */
export const EMPTY = 'recall-empty';

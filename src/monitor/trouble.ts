/** Something that goes wrong again and again, each time it is tried. */
export interface Trouble {
  /** Told the first time only. */
  met(message: string): void;
  /** It went well: the next time is told again. */
  over(): void;
}

export function trouble(tell: (message: string) => void): Trouble {
  let isTold = false;
  return {
    met: (message) => {
      if (!isTold) tell(message);
      isTold = true;
    },
    over: () => {
      isTold = false;
    },
  };
}

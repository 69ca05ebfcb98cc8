/** Pauses before a child that died is started again, in milliseconds: soon at first, then rarer up to a minute. */
export interface Restarts {
  /** The next pause; a child that lived for a minute before is started as if it were the first time. */
  next(livedMs: number): number;
}

const FIRST_MS = 1000;
const LONGEST_MS = 60_000;

export function restarts(): Restarts {
  let pause = FIRST_MS;
  return {
    next: (livedMs) => {
      if (livedMs >= LONGEST_MS) pause = FIRST_MS;
      const now = pause;
      pause = Math.min(pause * 2, LONGEST_MS);
      return now;
    },
  };
}

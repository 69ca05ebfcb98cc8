import { Refusal } from '../../apply/refusal.ts';
import { trouble } from '../trouble.ts';

/** Records that come behind what they speak of: that is done, whether they can be written or not. */
export interface OwedRecords {
  /** Now, if it can be; else it is owed, which is told once. A later word for a record takes the place of an earlier one. */
  write(record: string, work: () => void): void;
  areOwed(): boolean;
  /** Tries once more to write what is owed. */
  settle(): void;
  /** They were all written anew by other means. */
  forget(): void;
}

export function owedRecords(problem: (message: string) => void): OwedRecords {
  const owed = new Map<string, () => void>();
  const { met, over } = trouble(problem);
  const settle = (): void => {
    try {
      for (const [record, work] of owed) {
        work();
        owed.delete(record);
      }
      over();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      met(`what other commands are to know of the WANs is not kept: ${error.message}`);
    }
  };
  return {
    write: (record, work) => {
      owed.set(record, work);
      settle();
    },
    areOwed: () => owed.size > 0,
    settle,
    forget: () => owed.clear(),
  };
}

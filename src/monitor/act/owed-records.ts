import { Refusal } from '../../apply/refusal.ts';
import { trouble } from '../trouble.ts';

/** Records of what was done. A disk that is full does not undo it: they are written as soon as they can be. */
export interface OwedRecords {
  /** Writes it now, or else owes it and says so once. What is written of the same record later takes its place. */
  write(record: string, work: () => void): void;
  areOwed(): boolean;
  /** Tries once more to write what is owed. */
  settle(): void;
  /** Nothing is owed any more: all records were written anew. */
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

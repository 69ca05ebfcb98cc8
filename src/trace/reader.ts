import type { Type } from './operand.ts';
import type { Path } from './path.ts';
import type { Question } from './question.ts';
import type { Domain, Term } from './term.ts';
import type { World } from './world.ts';

/** What an expression reads of a packet. Undefined: there is nothing to read, and the rule breaks off. */
export interface Reader {
  readonly type: Type;
  readonly read: (path: Path, world: World) => Term | Question | undefined;
}

/** Makes a reader of the expression's datatype. */
export type Make = (domain: Domain, read: Reader['read']) => Reader;

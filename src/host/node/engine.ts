/** From V8's 1 MB of room for new objects at once to the 16 MB it allows itself anyway, which it doubles to otherwise. */
const FACTOR = 16;

/**
 * What makes many objects that stay has them copied at every collection of new ones: with more room there are fewer, which
 * takes off a tenth of the time. Not from the start: a changed flag makes Node compile its own parts anew.
 */
export function growHeap(): void {
  process.getBuiltinModule('node:v8').setFlagsFromString(`--semi-space-growth-factor=${FACTOR}`);
}

/**
 * New objects keep to 1 MB of room, which would grow to 32 MB and not shrink again; they are sorted out in the main thread,
 * and the optimising compiler, too, works there and puts less of what is called into what calls it: what they need are
 * megabytes, which the C library would keep for each of four threads more. What is called now and then needs no quick code.
 */
const SAVING_FLAGS = [
  '--semi-space-growth-factor=1',
  '--max-inlined-bytecode-size=60',
  '--max-inlined-bytecode-size-cumulative=100',
  '--no-concurrent-recompilation',
  '--no-parallel-scavenge',
  '--no-sparkplug',
];

/** Node 20, 22 and 24 have all of these flags; V8 names one that it does not have on standard error, and goes on. */
export function saveMemory(): void {
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  for (const flag of SAVING_FLAGS) setFlagsFromString(flag);
}

/**
 * Fifteen times V8's own patience before it optimises a function, in the words of the versions since 12.4 and before. For
 * work that does very much, each of it some thousand times at most: there a quarter of the time of both processors would go
 * into compiling what is done with before that pays. Loops over a hundred thousand things are worth it early.
 */
const LATE_FLAGS = ['--invocation-count-for-turbofan=45000', '--interrupt-budget=1000000'] as const;
const FIRST_WITH_COUNTS = 12;

export function optimizeLate(): void {
  const [counted, budget] = LATE_FLAGS;
  const isNew = Number.parseInt(process.versions.v8, 10) >= FIRST_WITH_COUNTS;
  process.getBuiltinModule('node:v8').setFlagsFromString(isNew ? counted : budget);
}

/**
 * V8's quick compiler would take a tenth of what is over in a tenth of a second, for code that is run a few times. Where there
 * is much to do its optimiser still comes in, and thirty thousand prefixes take no longer. Four threads that sort out 1 MB of
 * new objects wait for each other and for the processors that ip and nft work on.
 */
const BRIEF_FLAGS = ['--no-sparkplug', '--no-parallel-scavenge'];

/** For what is over in a tenth of a second. */
export function compileLittle(): void {
  optimizeLate();
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  for (const flag of BRIEF_FLAGS) setFlagsFromString(flag);
}

/** Frees what only the start needed, some 4 MB: nothing else would in a process that makes so little. Takes 10 to 20 ms. */
export function collectGarbage(): void {
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  setFlagsFromString('--expose-gc');
  // A context has the function if it was made under the flag.
  const collect: unknown = process.getBuiltinModule('node:vm').runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  if (typeof collect === 'function') collect();
}

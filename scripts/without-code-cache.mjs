/** The fewest modules that any Node has of its own (324 in 20.20): what has fewer entries is something else. */
const FEWEST = 100;
/** Node's longest has 54 letters (20.20). */
const LONGEST_NAME = 80;
const NAME = /^[\w./-]+$/;
/** Bytes of a count or a length. */
const WORD = 8;

/**
 * A snapshot without what V8 compiled of all of Node's own modules, a third of it: those that polywan uses are in it loaded.
 * Node has an option for this (withoutCodeCache), which drops what was compiled of polywan as well. As the format is Node's
 * own affair the part is known by its shape: a number, and so many names and bytes, each with its length, to the very end.
 * Undefined where no end of the file has it.
 */
export function withoutCodeCache(snapshot) {
  for (let at = 0; at < snapshot.length - WORD; at += 1)
    if (wordAt(snapshot, at) >= FEWEST && endAfterEntries(snapshot, at) === snapshot.length)
      return Buffer.concat([snapshot.subarray(0, at), Buffer.alloc(WORD)]);
  return undefined;
}

function endAfterEntries(bytes, start) {
  let at = start + WORD;
  for (let left = wordAt(bytes, start); left > 0; left -= 1) {
    const name = at + WORD;
    const length = wordAt(bytes, at);
    if (!(length > 0 && length <= LONGEST_NAME && NAME.test(bytes.toString('latin1', name, name + length))))
      return undefined;
    at = name + length + WORD + wordAt(bytes, name + length);
  }
  return at;
}

/** As machines write it whose lowest byte comes first (of others nothing is found); NaN behind the end, and above any file. */
function wordAt(bytes, at) {
  if (!(at + WORD <= bytes.length) || bytes.readUInt32LE(at + 4) !== 0) return Number.NaN;
  return bytes.readUInt32LE(at);
}

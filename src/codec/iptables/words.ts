/** The words of one line. `literal` holds the places of quoted words, which are never options. */
export interface Words {
  readonly texts: readonly string[];
  readonly literal?: readonly number[];
}

const SPACE = 0x20;
const TAB = 0x09;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Splits text[start, end) like iptables-restore: blanks part words, double quotes hold them together, a backslash
 * escapes only inside quotes. A quote that is never closed is an error, told by undefined.
 */
export function splitWords(text: string, start: number, end: number): Words | undefined {
  const line = text.slice(start, end);
  return isPlain(line) ? { texts: line.split(' ') } : splitQuoted(text, start, end);
}

/** As iptables-save writes most lines; the engine's own split is several times quicker than a walk. */
function isPlain(line: string): boolean {
  return !line.includes('"') && !line.includes('\t') && !line.includes('  ');
}

function splitQuoted(text: string, start: number, end: number): Words | undefined {
  const texts: string[] = [];
  let literal: number[] | undefined;
  let at = start;
  while (at < end) {
    if (isBlank(text.charCodeAt(at))) {
      at += 1;
      continue;
    }
    const from = at;
    while (at < end && !isBlank(text.charCodeAt(at)) && text.charCodeAt(at) !== QUOTE) at += 1;
    if (at >= end || text.charCodeAt(at) !== QUOTE) {
      texts.push(text.slice(from, at));
      continue;
    }
    const quoted = readQuoted(text, from, end);
    if (quoted === undefined) return undefined;
    literal ??= [];
    literal.push(texts.length);
    texts.push(quoted.word);
    at = quoted.end;
  }
  return literal === undefined ? { texts } : { texts, literal };
}

/** Where the word of this index begins: only an error asks, so the words do not carry it. */
export function wordOffset(text: string, start: number, end: number, index: number): number {
  let at = start;
  for (let left = index; ; left -= 1) {
    while (at < end && isBlank(text.charCodeAt(at))) at += 1;
    if (left <= 0) return at;
    at = readQuoted(text, at, end)?.end ?? end;
  }
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

function readQuoted(text: string, start: number, end: number): { word: string; end: number } | undefined {
  let word = '';
  let open = false;
  let at = start;
  for (; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) open = !open;
    else if (!open && isBlank(code)) break;
    else if (open && code === BACKSLASH && at + 1 < end) {
      at += 1;
      word += text.charAt(at);
    } else word += text.charAt(at);
  }
  return open ? undefined : { word, end: at };
}

/** One word as iptables-save prints it: in quotes when it holds anything but letters, digits, `_` and the like. */
export function quoteWord(word: string): string {
  if (/^[\w!#$%&()*+,./:;<=>?@[\]^`{|}~-]+$/.test(word)) return word;
  return `"${word.replaceAll(/["\\]/g, '\\$&')}"`;
}

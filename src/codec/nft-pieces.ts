/** One command or statement line of nft text: up to a line's end or `;` that is in no braces. */
export interface NftPiece {
  /** The words before its first brace. */
  readonly words: readonly string[];
  readonly start: number;
  readonly end: number;
  /** What is between its first `{` and the `}` that closes it. */
  readonly block?: { readonly start: number; readonly end: number };
}

/** Blanks and continued lines; comments; quoted strings; what ends, opens or closes; words. */
const TOKEN = /[ \t\r]+|\\\n|#[^\n]*|"[^"\n]*"|[\n;{}]|[^\s;{}#"\\]+|\\/g;

/** The pieces of text[from, to). */
export function nftPieces(text: string, from: number, to: number): readonly NftPiece[] {
  const pieces: NftPiece[] = [];
  let open:
    | { words: string[]; start: number; end: number; block?: { start: number; end: number } }
    | undefined;
  let depth = 0;
  const close = () => {
    if (open !== undefined) pieces.push(open);
    open = undefined;
  };
  TOKEN.lastIndex = from;
  for (let token = TOKEN.exec(text); token !== null && token.index < to; token = TOKEN.exec(text)) {
    const [sign] = token;
    const at = token.index;
    const resume = TOKEN.lastIndex;
    if (/^(?:[ \t\r]|\\\n|#)/.test(sign)) continue;
    if (depth === 0 && (sign === '\n' || sign === ';')) close();
    else if (sign === '\n') continue;
    else {
      open ??= { words: [], start: at, end: resume };
      open.end = resume;
      if (sign === '{') {
        depth += 1;
        if (depth === 1 && open.block === undefined) open.block = { start: resume, end: resume };
      } else if (sign === '}') {
        depth -= 1;
        if (depth === 0 && open.block !== undefined && open.block.end === open.block.start)
          open.block.end = at;
        if (depth < 0) depth = 0;
      } else if (depth === 0 && open.block === undefined) open.words.push(sign);
    }
    TOKEN.lastIndex = resume;
  }
  close();
  return pieces;
}

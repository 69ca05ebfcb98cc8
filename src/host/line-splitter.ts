/** Takes text in whatever pieces it comes, and gives the lines that are whole by then. */
export function lineSplitter(): (chunk: string) => readonly string[] {
  let partial = '';
  return (chunk) => {
    partial += chunk;
    // A line of megabytes comes in many pieces, and is looked through once.
    if (!chunk.includes('\n')) return [];
    const lines = partial.split('\n');
    partial = lines.pop() ?? '';
    return lines;
  };
}

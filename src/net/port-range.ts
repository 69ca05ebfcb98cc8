/** An inclusive range of ports (1–65535 where a person writes it); a single port has from = to. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

const MAX_PORT = 65535;

/** Reads `443` or `8000-8100`; undefined when it is neither, reversed, or out of 1–65535. */
export function parsePortRange(text: string): PortRange | undefined {
  const parts = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (parts === null) return undefined;
  const from = Number(parts[1]);
  const to = parts[2] === undefined ? from : Number(parts[2]);
  return from >= 1 && to <= MAX_PORT && from <= to ? { from, to } : undefined;
}

export function formatPortRange(range: PortRange, separator = '-'): string {
  return range.from === range.to ? String(range.from) : `${range.from}${separator}${range.to}`;
}

/** What a packet may have for a port instead, 0 included. */
export function allPortsBut(port: number): readonly PortRange[] {
  const [below, above] = [
    { from: 0, to: port - 1 },
    { from: port + 1, to: MAX_PORT },
  ];
  return port === MAX_PORT ? [below] : [below, above];
}

import type { Severity } from '../../../lint/finding.ts';

export type Tone = Severity | 'bold' | 'faint';

const CODES: Readonly<Record<Tone, string>> = {
  error: '\u001b[1;31m',
  warning: '\u001b[1;33m',
  note: '\u001b[1;36m',
  bold: '\u001b[1m',
  faint: '\u001b[2m',
};
const PLAIN = '\u001b[0m';

export type Paint = (tone: Tone, text: string) => string;

/** Colours a text, or leaves it as it is. */
export function painter(color: boolean): Paint {
  return (tone, text) => (color && text !== '' ? `${CODES[tone]}${text}${PLAIN}` : text);
}

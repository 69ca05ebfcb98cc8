import type { Sources } from '../../net/diagnostic.ts';
import { lineAndColumn, lineAt, type Span } from '../../net/span.ts';
import { cureText } from './way-out.ts';

/** What keeps the outcome of a command, by the words that call it. */
const KEPT: readonly (readonly [called: RegExp, command: string, file: string])[] = [
  [/\biptables(?:-\w+)?\b/, 'iptables-save', 'rules.v4'],
  [/\bip6tables(?:-\w+)?\b/, 'ip6tables-save', 'rules.v6'],
  [/\bnft\b/, 'nft -j list ruleset', 'ruleset.json'],
  [/\bip\s+(?:-4\s+)?ru(?:le)?\b/, 'ip rule', 'ip-rule.txt'],
  [/\bip\s+-6\s+ru(?:le)?\b/, 'ip -6 rule', 'ip-6-rule.txt'],
  [/\bip\s+(?:-4\s+)?r(?:oute)?\b/, 'ip route show table all', 'ip-route.txt'],
  [/\bip\s+-6\s+r(?:oute)?\b/, 'ip -6 route show table all', 'ip-6-route.txt'],
];

/** The name of another network namespace: what is made there is kept there. */
const NAMESPACE = /(?<=\bip(?:\s+-\w+)*)\s+(?:netns\s+exec|-n(?:etns)?)\s+([^\s-]\S*)/;

/** More of the line is not needed to find it. */
const LONGEST = 60;

/** How a script that cannot be read in full can be checked: by what it makes on the machine it is for. */
export function scriptCure(sources: Sources, { file, start, end }: Span): string {
  const text = sources.get(file) ?? '';
  const inside = text.slice(start, Math.max(end, start + 1));
  const words = lineAt(text, start);
  // A place that calls none of them by name may run any that the script runs.
  const here = KEPT.filter(([called]) => called.test(inside.replace(NAMESPACE, '')));
  const kept = here.length > 0 ? here : KEPT.filter(([called]) => called.test(text));
  const known = kept.length > 0 ? kept : KEPT.slice(0, 1);
  const namespace = NAMESPACE.exec(inside)?.[1];
  const there = namespace === undefined ? '' : `ip netns exec ${namespace} `;
  const shown = words.length > LONGEST ? `${words.slice(0, LONGEST)}…` : words;
  return cureText(
    `write out what line ${lineAndColumn(text, start).line} (\`${shown}\`) leaves to the running shell, or check what the script makes: on the machine where it has run`,
    [
      ...known.map(([, command, name]) => `${there}${command} > ${name}`),
      `polywan lint ${known.map(([, , name]) => name).join(' ')}`,
    ],
  );
}

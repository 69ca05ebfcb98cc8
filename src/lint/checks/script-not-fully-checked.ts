import type { Check } from '../check.ts';
import { scriptCure } from '../cures/script-cure.ts';

export const scriptNotFullyChecked: Check = {
  id: 'script-not-fully-checked',
  severity: 'warning',
  summary: 'a command of a script that cannot be known from its text',
  why: [
    'Of a shell script, and of what ifupdown and wg-quick run when an interface comes up, the iptables, ip6tables, iptables-restore, nft, ip rule and ip route commands are read; variables, arrays, functions with the words they are called with, loops over words and numbers, what sh -c is given, conditions that ask for known words or for what the script itself has made, and files that it writes whole are followed; a file of rules that it loads is read where it is named as well, and one of settings, which only gives variables values, where it lies beside the script. An exit that depends on something is one of a script that gives up: what stands behind it is read. Of a case about a word that only a call tells, what is done for start is read, or else for up. What another condition, another file or another program’s output decides can only be known by running it, and what is done in another network namespace is another machine’s. Rules that are made there are missing from what the other checks look at, so that their silence says less than it seems.',
    'Save the ruleset that the script makes, and check that: iptables-save > rules.v4, then polywan lint rules.v4.',
  ],
  bad: {
    files: {
      'firewall.sh': `#!/bin/sh
for port in $(cat ports); do
  iptables -A INPUT -p tcp --dport $port -j ACCEPT
done
`,
    },
  },
  good: {
    files: {
      'firewall.sh': `#!/bin/sh
port=22
iptables -A INPUT -p tcp --dport $port -j ACCEPT
`,
    },
  },
  run: ({ unchecked, sources }) =>
    unchecked.map(({ message, span }) => ({
      check: 'script-not-fully-checked',
      severity: 'warning',
      message,
      span,
      path: [],
      cure: scriptCure(sources, span),
      key: message,
    })),
};

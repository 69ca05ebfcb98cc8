import type { Table } from '../../kernel/netfilter.ts';
import type { Check } from '../check.ts';
import { cureText } from '../cures/way-out.ts';
import type { Finding } from '../finding.ts';
import type { Machine } from '../machine.ts';

export const iptablesNftListing: Check = {
  id: 'iptables-nft-listing',
  severity: 'error',
  summary: 'A table that iptables-nft keeps is given as nft lists it, which is not what it does.',
  why: [
    'iptables-nft keeps its tables in nftables, and nft lists them, but it cannot say all that they do: a masked CONNMARK restore is listed as `meta mark set ct mark and 0xff`, which also clears the bits outside the mask, and matches that nft does not have are left out. Loaded again with nft -f such a listing is another ruleset.',
    'Such a table is not checked. iptables-save and ip6tables-save print it as it is.',
  ],
  bad: {
    files: {
      'ruleset.nft': `table ip mangle {
	chain PREROUTING {
		type filter hook prerouting priority mangle; policy accept;
		iifname "lan0" counter packets 0 bytes 0 meta mark set ct mark and 0xff
	}
}
`,
    },
  },
  good: {
    files: {
      'ruleset.nft': `table ip router {
	chain prerouting {
		type filter hook prerouting priority mangle; policy accept;
		iifname "lan0" ip ttl set 64
	}
}
`,
    },
  },
  run: (machine) => machine.listings.map((table) => tell(machine, table)),
};

function tell(machine: Machine, table: Table): Finding {
  const program = table.family === 'ip6' ? 'ip6tables-save' : 'iptables-save';
  return {
    check: iptablesNftListing.id,
    severity: 'error',
    message: `table ${table.family} ${table.name} is kept by iptables-nft, and nft shows it wrongly: it is not checked`,
    span: placeOf(table) ?? { file: machine.name, start: 0, end: 0 },
    path: [],
    cure: cureText('keep what iptables itself says of it beside this file, or instead of it', [
      `${program} > rules.${table.family === 'ip6' ? 'v6' : 'v4'}`,
    ]),
    key: `${table.family} ${table.name}`,
  };
}

function placeOf({ span, chains }: Table): Finding['span'] | undefined {
  return span ?? chains[0]?.span ?? chains[0]?.rules[0]?.span;
}

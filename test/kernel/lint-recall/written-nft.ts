import { MASQUERADE as NAT, type Written } from './subject.ts';

/** The same in nft text: one rule a line, as `nft list ruleset` has them. */

const MASQUERADE = NAT.nft;

const FORWARDS = MASQUERADE.replace(
  '\tchain postrouting',
  `	chain prerouting {
		type nat hook prerouting priority dstnat; policy accept;
		iifname { "wan0", "wan1" } meta l4proto { tcp, udp } th dport 8080 dnat to 192.168.1.10:443
	}

	chain postrouting`,
);

const WHOLE = { wan0: '0x30', wan1: '0x36' };
const BYTE = { wan0: '0x1/0xff', wan1: '0x2/0xff' };

const PREROUTING = 'type filter hook prerouting priority mangle; policy accept;';
const OUTPUT = 'type route hook output priority mangle; policy accept;';

export const WRITTEN_NFT: readonly Written[] = [
  {
    name: 'restore, leave what has a mark, one client apart, save',
    marks: WHOLE,
    text: `table inet steer {
	chain prerouting {
		${PREROUTING}
		meta mark set ct mark
		meta mark != 0x0 accept
		iifname "lan0" ip saddr 192.168.1.11 meta mark set 0x36
		meta mark 0x0 meta mark set 0x30
		ct mark set meta mark
	}
}
${MASQUERADE}`,
  },
  {
    name: 'a chain that chooses, for new connections, by the connmark',
    marks: BYTE,
    marksReplies: true,
    text: `table ip steer {
	chain choose {
		udp dport 53 meta mark set meta mark & 0xffffff00 | 0x2
		ip saddr 192.168.1.11 meta mark & 0xff == 0x0 meta mark set meta mark & 0xffffff00 | 0x2
		meta mark & 0xff == 0x0 meta mark set meta mark & 0xffffff00 | 0x1
		ct mark set meta mark & 0xff
	}

	chain prerouting {
		${PREROUTING}
		ct mark & 0xff != 0x0 meta mark set ct mark & 0xff
		iifname "lan0" ct state new ct mark & 0xff == 0x0 jump choose
		iifname "wan0" ct state new ct mark & 0xff == 0x0 ct mark set 0x1
		iifname "wan1" ct state new ct mark & 0xff == 0x0 ct mark set 0x2
	}

	chain output {
		${OUTPUT}
		ct mark & 0xff != 0x0 meta mark set ct mark & 0xff
	}
}
${FORWARDS}`,
  },
  {
    name: 'one after the other, drawn once',
    marks: BYTE,
    text: `table inet steer {
	chain prerouting {
		${PREROUTING}
		meta mark set ct mark
		meta mark & 0xff != 0x0 return
		iifname != "lan0" return
		ct state new meta mark set numgen inc mod 2 map { 0 : 0x1, 1 : 0x2 }
		ct mark set meta mark
	}
}
${MASQUERADE}`,
  },
  {
    name: 'a WAN for each client, by a map and by a hash',
    marks: BYTE,
    text: `table ip steer {
	map clients {
		type ipv4_addr : mark
		elements = { 192.168.1.10 : 0x2 }
	}

	chain prerouting {
		${PREROUTING}
		ct mark != 0x0 meta mark set ct mark accept
		iifname "lan0" ct state new meta mark set ip saddr map @clients
		iifname "lan0" ct state new meta mark 0x0 meta l4proto { tcp, udp } meta mark set jhash ip saddr . th sport mod 2 map { 0 : 0x1, 1 : 0x2 }
		ct mark set meta mark
	}
}
${MASQUERADE}`,
  },
  {
    name: 'mark, save and leave in one rule',
    marks: { wan0: '0x100/0xff00', wan1: '0x200/0xff00' },
    marksReplies: true,
    text: `table inet steer {
	chain prerouting {
		${PREROUTING}
		meta mark set ct mark
		meta mark & 0xff00 != 0x0 accept
		iifname "wan0" meta mark set 0x100 ct mark set meta mark accept
		iifname "wan1" meta mark set 0x200 ct mark set meta mark accept
		iifname "lan0" tcp dport 443 meta mark set 0x200 ct mark set meta mark accept
		iifname "lan0" meta mark set 0x100 ct mark set meta mark accept
	}

	chain output {
		${OUTPUT}
		meta mark set ct mark
		meta mark & 0xff00 != 0x0 accept
		udp dport 53 meta mark set 0x200 ct mark set meta mark accept
	}
}
${FORWARDS}`,
  },
  {
    name: 'restored at the entries, saved at the exits',
    marks: BYTE,
    marksReplies: true,
    text: `table inet steer {
	chain prerouting {
		${PREROUTING}
		ct mark != 0x0 meta mark set ct mark
		iifname "wan1" meta mark 0x0 meta mark set 0x2
		iifname "lan0" ip saddr 192.168.1.10 ct state new meta mark set 0x2
	}

	chain input {
		type filter hook input priority mangle; policy accept;
		ct state new ct mark set meta mark
	}

	chain output {
		${OUTPUT}
		ct mark != 0x0 meta mark set ct mark
	}

	chain postrouting {
		type filter hook postrouting priority mangle; policy accept;
		ct state new ct mark set meta mark
	}
}
${FORWARDS}`,
  },
  {
    name: 'verdict maps lead to a chain for each WAN',
    marks: BYTE,
    marksReplies: true,
    text: `table inet steer {
	chain first {
		meta mark set meta mark & 0xffffff00 | 0x1
		ct mark set ct mark & 0xffffff00 | 0x1
	}

	chain second {
		meta mark set meta mark & 0xffffff00 | 0x2
		ct mark set ct mark & 0xffffff00 | 0x2
	}

	chain known1 {
		meta mark set meta mark & 0xffffff00 | 0x1
	}

	chain known2 {
		meta mark set meta mark & 0xffffff00 | 0x2
	}

	chain prerouting {
		${PREROUTING}
		ct mark & 0xff vmap { 0x1 : goto known1, 0x2 : goto known2 }
		ct state != new return
		iifname vmap { "wan0" : goto first, "wan1" : goto second }
		iifname "lan0" numgen inc mod 2 vmap { 0 : goto first, 1 : goto second }
	}

	chain output {
		${OUTPUT}
		ct mark & 0xff vmap { 0x1 : goto known1, 0x2 : goto known2 }
		ct state new oifname { "wan0", "wan1" } tcp dport 443 goto second
	}
}
${FORWARDS}`,
  },
  {
    name: 'every packet of a client is marked alike, and saved as well',
    marks: BYTE,
    text: `table ip steer {
	chain prerouting {
		${PREROUTING}
		ct mark != 0x0 meta mark set ct mark
		iifname "lan0" ip saddr 192.168.1.10 meta mark set 0x2
		iifname "lan0" tcp dport 443 meta mark set 0x2
		ct mark set meta mark
	}
}
table ip nat {
	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		oifname "wan0" snat to 198.51.100.2
		oifname "wan1" snat to 203.0.113.2
	}
}
`,
  },
  {
    name: 'uplinks that a map knows mark what comes in',
    marks: BYTE,
    marksReplies: true,
    text: `table ip steer {
	chain from_wan0 {
		ct mark set 0x1
		meta mark set 0x1
	}

	chain from_wan1 {
		ct mark set 0x2
		meta mark set 0x2
	}

	chain prerouting {
		${PREROUTING}
		ct mark != 0x0 meta mark set ct mark return
		iifname vmap { "wan0" : goto from_wan0, "wan1" : goto from_wan1 }
		udp dport 53 meta mark set 0x2
		ct mark set meta mark
	}

	chain output {
		${OUTPUT}
		ct mark != 0x0 meta mark set ct mark
	}
}
${FORWARDS}`,
  },
  {
    name: 'the router’s own connections',
    marks: BYTE,
    text: `table inet steer {
	chain prerouting {
		${PREROUTING}
		ct mark != 0x0 meta mark set ct mark
	}

	chain output {
		${OUTPUT}
		ct mark != 0x0 meta mark set ct mark accept
		udp dport 53 ct state new meta mark set 0x2
		ip daddr 192.0.3.0/24 tcp dport 443 ct state new meta mark set 0x2
		ct mark set meta mark
	}
}
${MASQUERADE}`,
  },
];

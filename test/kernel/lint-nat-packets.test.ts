import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Check } from '../../src/lint/check.ts';
import { masqueradeCatchesLoopback } from '../../src/lint/checks/masquerade-catches-loopback.ts';
import { natBeforeNotrack } from '../../src/lint/checks/nat-before-notrack.ts';
import { type Files, findings } from '../unit/lint/machine-of.ts';
import { makeUplinkHost, type UplinkHost } from './uplink-host.ts';

// What the checks of NAT say is what packets do: each ruleset is loaded in a namespace, and a datagram sent on lo.

const PORT = 5555;

let host: UplinkHost;
beforeEach(() => {
  host = makeUplinkHost();
});
afterEach(() => host.remove());

/** The source that a service on 127.0.0.1 sees; empty when nothing arrives. The sender goes on until it is heard. */
function sourceOnLoopback(): string {
  const script = `timeout 15 socat -u UDP4-RECVFROM:${PORT},bind=127.0.0.1 SYSTEM:'echo $SOCAT_PEERADDR' & heard=$!
while kill -0 $heard 2>/dev/null; do
  echo x | timeout 5 socat -u - UDP4-SENDTO:127.0.0.1:${PORT} 2>/dev/null
  sleep 0.1
done
wait $heard || true`;
  return host.run(['sh', '-c', script]).trim();
}

function finds(check: Check, files: Files): boolean {
  return findings(check, files).length > 0;
}

describe('traffic of the router to itself', () => {
  it.each([
    ['! -o lan0 -j MASQUERADE'],
    ['! -d 172.17.0.0/16 -j MASQUERADE'],
    ['-s 127.0.0.0/8 -j MASQUERADE'],
    ['-o wan0 -j MASQUERADE'],
    ['-s 172.17.0.0/16 ! -o lan0 -j MASQUERADE'],
    ['-o lo -j RETURN', '! -o lan0 -j MASQUERADE'],
    ['-o lo -j ACCEPT', '-s 127.0.0.0/8 -j MASQUERADE'],
  ])('%s %s', (...rules) => {
    const save = `*nat\n:POSTROUTING ACCEPT [0:0]\n${rules.map((rule) => `-A POSTROUTING ${rule}\n`).join('')}COMMIT\n`;
    host.run(['iptables-restore'], save);
    const source = sourceOnLoopback();
    expect(['127.0.0.1', '198.51.100.2']).toContain(source);
    expect(finds(masqueradeCatchesLoopback, { 'rules.v4': save })).toBe(source !== '127.0.0.1');
  });
});

describe('notrack and translation', () => {
  it.each([
    ['raw', '5556'],
    ['raw', '5557'],
    ['mangle', '5556'],
    ['mangle', '5557'],
    ['-199', '5556'],
    ['-201', '5556'],
  ])('notrack at priority %s of port %s, a redirect of 5556', (priority, port) => {
    host.run(
      ['nft', '-f', '-'],
      `table ip t {
	chain untracked {
		type filter hook output priority ${priority}; policy accept;
		udp dport ${port} notrack
	}
	chain forwards {
		type nat hook output priority -100; policy accept;
		udp dport 5556 redirect to :${PORT}
	}
	chain seen {
		type filter hook output priority filter; policy accept;
		udp dport ${PORT} counter
		ct state untracked udp dport 5556 counter
	}
}
`,
    );
    const listing = host.run(['nft', '-j', 'list', 'ruleset']);
    host.run(['sh', '-c', 'echo x | timeout 15 socat -u - UDP4-SENDTO:127.0.0.1:5556 || true']);
    const [redirected, untracked] = [...listed().matchAll(/counter packets (\d+)/g)].map(
      ([, count]) => count,
    );
    const works = redirected === '1';
    expect(works).toBe(untracked === '0');
    // Either the redirect is dead, or the notrack is: and where both do what they say there is nothing to find.
    const isLate = !(priority === 'raw' || priority === '-201');
    expect(finds(natBeforeNotrack, { 'rules.json': listing })).toBe(isLate || !works);
    if (!isLate) expect(works).toBe(port !== '5556');
    else expect(works).toBe(true);
  });
});

function listed(): string {
  return host.run(['nft', 'list', 'chain', 'ip', 't', 'seen']);
}

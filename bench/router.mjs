// A namespace with as many WANs as a benchmark asks for, and the site that describes it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from './measure.mjs';

/** WAN n has 198.51.100.(4n)/31-like pairs spread over the documentation networks: 64 WANs need 64 of them. */
function pair(index) {
  const network = ['198.51.100', '203.0.113'][Math.floor(index / 32)];
  const first = (index % 32) * 8;
  return { own: `${network}.${first + 2}`, gateway: `${network}.${first + 1}` };
}

/** `tag` tells routers of one process apart that live at the same time. */
export function makeRouter(wans, tag = '') {
  const name = `pwbench${process.pid}${tag}`;
  const folder = mkdtempSync(join(tmpdir(), 'polywan-bench-'));
  const state = mkdtempSync('/dev/shm/polywan-bench-');
  const indexes = Array.from({ length: wans }, (_, index) => index);
  once('ip', ['netns', 'add', name]);
  const links = [
    'link set lo up',
    'link add lan0 type veth peer name lan0p',
    'address add 192.0.2.1/25 dev lan0',
    'link set lan0 up',
    'link set lan0p up',
    ...indexes.flatMap((index) => [
      `link add wan${index} type veth peer name wan${index}p`,
      `address add ${pair(index).own}/29 dev wan${index}`,
      `link set wan${index} up`,
      `link set wan${index}p up`,
      `route add default via ${pair(index).gateway} dev wan${index} metric ${100 + index}`,
    ]),
  ];
  once('ip', ['-n', name, '-batch', '-'], { input: `${links.join('\n')}\n` });
  const site = writeSite(folder, indexes);
  const env = {
    ...process.env,
    // In memory, as /run is on a router.
    POLYWAN_STATE_DIR: state,
    POLYWAN_ROOT: join(folder, 'root'),
  };
  delete env.NODE_EXTRA_CA_CERTS;
  mkdirSync(env.POLYWAN_ROOT);
  const close = () => {
    once('ip', ['netns', 'del', name]);
    for (const each of [folder, state]) rmSync(each, { recursive: true });
  };
  return { name, site, env, folder, close };
}

function writeSite(folder, indexes) {
  mkdirSync(join(folder, 'profiles'));
  for (const index of indexes) {
    writeFileSync(
      join(folder, 'profiles', `wan${index}.yaml`),
      `name: w${index}\ninterface: wan${index}\ngateway: auto\nfamilies: ipv4\nmasquerade: ipv4\n`,
    );
  }
  const members = indexes.map((index) => `{ wan: w${index}, weight: ${1 + (index % 3)} }`).join(', ');
  const site = join(folder, 'polywan.yaml');
  writeFileSync(
    site,
    [
      'version: 1',
      'backend: nftables',
      'lan: [lan0]',
      'policies:',
      '  balanced:',
      `    members: [${members}]`,
      '  last:',
      `    members: [{ wan: w${indexes.length - 1} }]`,
      'steering:',
      '  - { name: web, source: 192.0.2.0/26, protocol: tcp, destination_port: [443, "8000-8100"], policy: balanced }',
      '  - { name: rest, policy: last }',
      '',
    ].join('\n'),
  );
  return site;
}

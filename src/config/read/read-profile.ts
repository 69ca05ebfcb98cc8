import { FAMILIES, type Family } from '../../net/family.ts';
import { isRefused } from '../is-refused.ts';
import { RESERVED_NAMES } from '../reserved-names.ts';
import type { Located, Wan } from '../site.ts';
import { child, itemsOf, type YamlNode } from '../yaml-node.ts';
import { checkInterface } from './check-interface.ts';
import { countVoters } from './count-voters.ts';
import { type ReadForward, readForwards } from './read-forwards.ts';
import { readGateway } from './read-gateway.ts';
import { readHealth } from './read-health.ts';
import { readHooks } from './read-hooks.ts';
import { readNat } from './read-nat.ts';
import { readProbes } from './read-probes.ts';
import { readSources } from './read-sources.ts';
import { located, scalarAt, wordOf, yesNoAt } from './read-values.ts';
import { originOf, type Reading, report } from './reading.ts';

/** A WAN with the places that checks across files point to. */
export interface ReadWan {
  readonly wan: Wan;
  readonly reading: Reading;
  readonly name: Located<string>;
  readonly interface: Located<string>;
  readonly forwards: readonly ReadForward[];
}

/** Numbers of tables that every kernel has: unspecified, default, main, local. */
const KERNEL_TABLES: readonly number[] = [0, 253, 254, 255];

/** One profile; undefined when it has no name or no interface, which has been reported. */
export function readProfile(reading: Reading, root: YamlNode): ReadWan | undefined {
  // Before the two are looked for: what else is wrong is said at once.
  const { forwards, ...settings } = readSettings(reading, root);
  const nameScalar = scalarAt(root, 'name');
  const interfaceScalar = scalarAt(root, 'interface');
  if (nameScalar !== undefined && RESERVED_NAMES.includes(nameScalar.text))
    report(reading, nameScalar.span, `"${nameScalar.text}" has a meaning of its own and cannot name a WAN`);
  if (interfaceScalar !== undefined) checkInterface(reading, interfaceScalar);
  if (interfaceScalar?.text === 'lo')
    report(
      reading,
      interfaceScalar.span,
      '"lo" is the loopback: what is sent by it never leaves this machine',
    );
  if (nameScalar === undefined || interfaceScalar === undefined) return undefined;
  const wan: Wan = {
    name: nameScalar.text,
    origin: originOf(reading, nameScalar.span),
    interface: interfaceScalar.text,
    portForwards: forwards.map(({ forward }) => forward),
    ...settings,
  };
  return { wan, reading, name: located(nameScalar), interface: located(interfaceScalar), forwards };
}

/** All of a profile but its name and its interface. */
function readSettings(
  reading: Reading,
  root: YamlNode,
): Omit<Wan, 'name' | 'origin' | 'interface' | 'portForwards'> & Pick<ReadWan, 'forwards'> {
  const families = isRefused(root, 'families') ? FAMILIES : familiesOf(scalarAt(root, 'families')?.text);
  const gateway = readGateway(reading, child(root, 'gateway'), families);
  const nat = readNat(reading, root, families);
  const sources = readSources(reading, root, families, nat);
  const forwards = readForwards(reading, root);
  for (const { forward, to } of forwards)
    if (!families.includes(forward.to.family))
      report(reading, to.span, `the WAN has no ${forward.to.family}`);
  const metered = yesNoAt(root, 'metered') ?? false;
  const healthNode = child(root, 'health');
  const probes = readProbes(reading, root, { families, gateway });
  // Of a list that was refused nobody knows how long it will be.
  const refused = isRefused(root, 'probes')
    ? Number.POSITIVE_INFINITY
    : itemsOf(child(root, 'probes')).length - probes.length;
  return {
    families,
    gateway,
    table: readTable(reading, root),
    mark: readWord(reading, root, 'mark'),
    nat,
    ...(sources === undefined ? {} : { sources }),
    forwards,
    metered,
    mssClamp: yesNoAt(root, 'mss_clamp') ?? true,
    probes,
    health: readHealth(reading, healthNode, { voters: countVoters(probes, refused, families), metered }),
    ...(healthNode === undefined ? {} : { healthOrigin: originOf(reading, healthNode.span) }),
    hooks: readHooks(child(root, 'hooks')),
  };
}

function familiesOf(text: string | undefined): readonly Family[] {
  if (text === 'both') return FAMILIES;
  return text === 'ipv6' ? ['ipv6'] : ['ipv4'];
}

function readWord(reading: Reading, root: YamlNode, key: string): Located<number> | 'auto' {
  const scalar = scalarAt(root, key);
  if (scalar === undefined || scalar.text === 'auto') return 'auto';
  return wordOf(reading, scalar) ?? 'auto';
}

function readTable(reading: Reading, root: YamlNode): Located<number> | 'auto' {
  const table = readWord(reading, root, 'table');
  if (table !== 'auto' && KERNEL_TABLES.includes(table.value))
    report(reading, table.span, `table ${table.value} is the kernel's own`);
  return table;
}

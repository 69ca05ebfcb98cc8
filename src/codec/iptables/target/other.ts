import { type Expression, META_MARK, number } from '../../../kernel/expression.ts';
import type { Statement } from '../../../kernel/statement.ts';
import { parseWord } from '../../../net/mark.ts';
import { argumentOf, hasOption, type TargetExtension, use } from '../extension.ts';
import { isSame } from '../same.ts';
import { usesText } from '../text.ts';

const NOTRACK_EFFECT: readonly Statement[] = [{ kind: 'notrack' }];

/** The old spelling; iptables-save keeps it. Written as CT --notrack. */
const NOTRACK: TargetExtension = { name: 'NOTRACK', options: {}, read: () => NOTRACK_EFFECT };

/** A zone gives the packet another connection entry, so marks found there are others: not modelled. A helper is inert. */
const CT: TargetExtension = {
  name: 'CT',
  options: { '--notrack': 0, '--helper': 1, '--ctevents': 1, '--expevents': 1, '--timeout': 1 },
  read: (uses) =>
    hasOption(uses, '--notrack')
      ? NOTRACK_EFFECT
      : [{ kind: 'inert', name: 'CT', text: usesText('-j', 'CT', uses) }],
  write: (effects) => (isSame(effects, NOTRACK_EFFECT) ? [use('--notrack')] : undefined),
};

const MSS: Expression = { kind: 'tcp-option', name: 'maxseg', field: 'size' };
const PATH_MTU: Expression = { kind: 'rt', key: 'mtu' };

const TCPMSS: TargetExtension = {
  name: 'TCPMSS',
  options: { '--clamp-mss-to-pmtu': 0, '--set-mss': 1 },
  read: (uses) => {
    const size = parseWord(argumentOf(uses, '--set-mss') ?? '');
    if (hasOption(uses, '--clamp-mss-to-pmtu')) return [{ kind: 'set', target: MSS, value: PATH_MTU }];
    return size === undefined ? undefined : [{ kind: 'set', target: MSS, value: number(size) }];
  },
  write: (effects) => {
    const [first, ...rest] = effects;
    if (first?.kind !== 'set' || rest.length > 0 || !isSame(first.target, MSS)) return undefined;
    if (isSame(first.value, PATH_MTU)) return [use('--clamp-mss-to-pmtu')];
    return first.value.kind === 'number' ? [use('--set-mss', String(first.value.value))] : undefined;
  },
};

/** The whole mark becomes offset + hash mod N (kernel-facts 2.7); what is hashed stays as text. */
const HMARK: TargetExtension = {
  name: 'HMARK',
  options: {
    '--hmark-tuple': 1,
    '--hmark-mod': 1,
    '--hmark-offset': 1,
    '--hmark-rnd': 1,
    '--hmark-proto': 1,
    '--hmark-src-prefix': 1,
    '--hmark-dst-prefix': 1,
    '--hmark-sport': 1,
    '--hmark-dport': 1,
    '--hmark-sport-mask': 1,
    '--hmark-dport-mask': 1,
    '--hmark-spi': 1,
    '--hmark-spi-mask': 1,
  },
  read: (uses) => {
    const modulus = parseWord(argumentOf(uses, '--hmark-mod') ?? '');
    const offset = parseWord(argumentOf(uses, '--hmark-offset') ?? '0');
    const seed = parseWord(argumentOf(uses, '--hmark-rnd') ?? '0');
    if (modulus === undefined || offset === undefined || seed === undefined) return undefined;
    const of: Expression = { kind: 'unknown', text: usesText('-j', 'HMARK', uses) };
    return [
      {
        kind: 'set',
        target: META_MARK,
        value: { kind: 'hash', algorithm: 'jhash', of, modulus, seed, offset },
      },
    ];
  },
};

/** A word of itself: known, and neither ends a chain nor touches what decides the way (kernel-facts 2.6). */
// biome-ignore format: a list reads better in rows
const INERT_NAMES = [
  'LOG', 'NFLOG', 'ULOG', 'TRACE', 'DSCP', 'TOS', 'TTL', 'HL', 'TEE', 'CHECKSUM', 'AUDIT', 'IDLETIMER', 'RATEEST',
  'CLASSIFY', 'SECMARK', 'CONNSECMARK', 'ECN', 'TCPOPTSTRIP', 'LED',
];

/** Options are not looked at: whatever they are, the target stays inert. */
export const INERT_TARGETS: ReadonlySet<string> = new Set(INERT_NAMES);

export const OTHER_TARGETS: readonly TargetExtension[] = [NOTRACK, CT, TCPMSS, HMARK];

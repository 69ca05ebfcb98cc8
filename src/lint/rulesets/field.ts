import { canonicalExpression } from '../../kernel/canonical-expression.ts';
import { datatypesOf } from '../../kernel/datatype.ts';
import type { Expression } from '../../kernel/expression.ts';
import { stableText } from '../../kernel/stable-text.ts';
import type { Statement } from '../../kernel/statement.ts';
import type { Domain } from '../../trace/term.ts';
import type { Condition } from './condition.ts';

/** Something that rules ask of a packet: one reading of it is one field wherever it stands. */
export interface Field {
  /** Counts from 0 within one book. */
  readonly id: number;
  readonly datatype: string;
  /** Absent: values are compared as they are written. */
  readonly domain?: Domain;
  /**
   * fixed: the same at every rule of a chain · mutable: statements of rules change it · volatile: asked twice it may
   * differ, or it is not known what it is.
   */
  readonly life: 'fixed' | 'mutable' | 'volatile';
}

const DOMAINS: Readonly<Record<string, Domain>> = {
  ipv4_addr: 'ipv4',
  ipv6_addr: 'ipv6',
  inet_service: 'u16',
  inet_proto: 'u8',
  nf_proto: 'u8',
  ether_type: 'u16',
  mark: 'u32',
  uid: 'u32',
  ifname: 'text',
  iface_index: 'text',
  ct_state: 'text',
  ct_dir: 'text',
};

/** Headers, interfaces and owners: no statement but a payload's own `set` changes them, and that clears everything. */
const FIXED_META: ReadonlySet<string> = new Set([
  'iif',
  'iifname',
  'oif',
  'oifname',
  'l4proto',
  'nfproto',
  'protocol',
  'skuid',
  'skgid',
  'length',
  'pkttype',
  'iiftype',
  'oiftype',
]);

const VOLATILE_META: ReadonlySet<string> = new Set(['random', 'time', 'hour', 'day', 'cpu']);

const FIXED_CT: ReadonlySet<string> = new Set(['state', 'direction', 'status', 'protocol', 'l3proto']);

/** Fields by what they read. Codecs make the same few expressions again and again. */
export class FieldBook {
  private readonly byText = new Map<string, Field>();
  private readonly headers = new Map<string, Map<string, Field>>();
  /** What matches ask, by the match: codecs share them among rules. */
  readonly conditions = new Map<Statement, Condition>();

  of(expression: Expression): Field {
    if (expression.kind !== 'payload') return this.byWords(expression);
    const header = this.headers.get(expression.protocol) ?? new Map<string, Field>();
    const known = header.get(expression.field);
    if (known !== undefined) return known;
    const made = this.byWords(expression);
    header.set(expression.field, made);
    this.headers.set(expression.protocol, header);
    return made;
  }

  private byWords(expression: Expression): Field {
    const text = textOf(expression);
    const known = this.byText.get(text);
    if (known !== undefined) return known;
    const datatypes = datatypesOf(expression);
    const datatype = datatypes.length === 1 ? (datatypes[0] ?? '') : '';
    const domain = DOMAINS[datatype];
    const made: Field = {
      id: this.byText.size,
      datatype,
      ...(domain === undefined ? {} : { domain }),
      life: lifeOf(expression),
    };
    this.byText.set(text, made);
    return made;
  }
}

function textOf(expression: Expression): string {
  switch (expression.kind) {
    case 'meta':
      return expression.key;
    case 'payload':
      return `${expression.protocol} ${expression.field}`;
    case 'ct':
      return `ct ${expression.direction ?? ''} ${expression.key}`;
    default:
      return stableText(canonicalExpression(expression));
  }
}

/** How long the answer to an expression stays the same. What a named set holds, rules change. */
export function lifeOf(expression: Expression): Field['life'] {
  switch (expression.kind) {
    case 'set-ref':
      return 'mutable';
    case 'set':
      return expression.elements.map(({ key }) => lifeOf(key)).reduce(nearer, 'fixed');
    case 'meta':
      if (VOLATILE_META.has(expression.key)) return 'volatile';
      return FIXED_META.has(expression.key) ? 'fixed' : 'mutable';
    case 'payload':
    case 'fib':
    case 'tcp-option':
      return 'fixed';
    case 'ct':
      return FIXED_CT.has(expression.key) ? 'fixed' : 'mutable';
    case 'binary':
      return nearer(lifeOf(expression.left), lifeOf(expression.right));
    case 'concat':
    case 'either':
      return expression.parts.map(lifeOf).reduce(nearer, 'fixed');
    case 'number':
    case 'string':
    case 'boolean':
    case 'prefix':
    case 'range':
      return 'fixed';
    case 'rt':
    case 'socket':
      return 'mutable';
    default:
      // numgen, hashes, maps, and what nobody has modelled.
      return 'volatile';
  }
}

/** The life of a whole is that of its shortest-lived part. */
export function nearer(a: Field['life'], b: Field['life']): Field['life'] {
  if (a === 'volatile' || b === 'volatile') return 'volatile';
  return a === 'mutable' || b === 'mutable' ? 'mutable' : 'fixed';
}

import type { Span } from '../../net/span.ts';
import type { Finding } from '../finding.ts';
import type { Machine } from '../machine.ts';

/**
 * Rules of iptables-save where they do not stand in one: as a script writes them, with the program and the table that a
 * save has in a line of its own.
 */
export function inScript(machine: Pick<Machine, 'sources'>, finding: Finding): Finding {
  const { cure, span } = finding;
  const text = machine.sources.get(span.file);
  if (cure === undefined || text === undefined || !/^(?:-[AI] |:)/m.test(cure) || !isScript(machine, span))
    return finding;
  const words = text.slice(span.start, span.end);
  const own = /^(.*?)\s+(?:-t\s+(\w+)\s+)?-[AIND]\s/s.exec(words);
  const isCommand = own !== null && /(?:ip6?tables|\$)/.test(own[1] ?? '') && !/[\n;|&]/.test(own[1] ?? '');
  const program =
    (isCommand ? own[1] : undefined) ?? (/^(?:ip6|ipv6)\b/.test(finding.key) ? 'ip6tables' : 'iptables');
  const table = (isCommand ? own[2] : undefined) ?? 'filter';
  return { ...finding, cure: rewritten(cure, program, table) };
}

const KNOWN = new WeakMap<Machine['sources'], Map<string, boolean>>();

/** Whether what stands there is a command. */
export function isScript({ sources }: Pick<Machine, 'sources'>, { file }: Pick<Span, 'file'>): boolean {
  const known = KNOWN.get(sources) ?? new Map<string, boolean>();
  KNOWN.set(sources, known);
  const script = known.get(file) ?? hasCommands(sources.get(file) ?? '');
  known.set(file, script);
  return script;
}

/** A save has the names of its tables, each in a line of its own; what is none has rules as commands. */
function hasCommands(text: string): boolean {
  return /^#!/.test(text) || !/^\s*\*(?:raw|mangle|nat|filter|security)\s*$/m.test(text);
}

function rewritten(cure: string, program: string, table: string): string {
  let current: string | undefined;
  return cure
    .split('\n')
    .flatMap((line) => {
      const named = /^\*(\w+)$/.exec(line)?.[1];
      if (named !== undefined || line === 'COMMIT') {
        current = named;
        return [];
      }
      const chain = /^:(\S+) - \[0:0\]$/.exec(line)?.[1];
      if (chain === undefined && !/^-[AI] /.test(line)) return [line];
      const of = current ?? tableOf(line) ?? table;
      const command = chain === undefined ? line : `-N ${chain}`;
      return [`${program}${of === 'filter' ? '' : ` -t ${of}`} ${command}`];
    })
    .join('\n');
}

/** The table that a rule can only be of, or is of by custom. */
function tableOf(line: string): string | undefined {
  if (/-j (?:MARK|CONNMARK|TPROXY)\b/.test(line)) return 'mangle';
  if (/-j (?:MASQUERADE|SNAT|DNAT|REDIRECT|NETMAP)\b|^-A POSTROUTING\b/.test(line)) return 'nat';
  return undefined;
}

import { iptablesProgram } from '../../apply/iptables-program.ts';
import type { Conversation, Host } from '../../host/host.ts';
import type { Table } from '../../kernel/netfilter.ts';
import { FAMILIES } from '../../net/family.ts';

/** Looks whether the rules of iptables-legacy are still the same; the kernel tells nobody when they change. */
export interface LegacyWatch {
  /** Asks once more where some of these tables are of iptables-legacy, unless the last answer is still to come. */
  look(tables: readonly Table[]): void;
  stop(): void;
}

/** A shell starts a program in a fraction of the time that this process takes for it. */
const LOOP = 'while read -r program; do "$program"; echo "# asked"; done';

/** Dates and counters, which are others each time. */
const NOISE = /^#.*$|\[\d+:\d+\]/gm;

/** `changed` is called when the text is not what it was, and for the first one, which nobody has compared with anything. */
export function legacyWatch(host: Host, changed: () => void): LegacyWatch {
  let child: Conversation | undefined;
  let text = '';
  let known: string | undefined;
  let open = 0;
  const hear = (chunk: string): void => {
    text += chunk;
    if (text.split('# asked\n').length <= open) return;
    const found = text.replace(NOISE, '');
    open = 0;
    if (found === known) return;
    known = found;
    changed();
  };
  const start = (): Conversation => {
    const started = host.converse('sh', ['-c', LOOP]);
    started.onErrors(() => {});
    started.onOutput((chunk) => {
      if (started === child) hear(chunk);
    });
    void started.ended.then(() => {
      if (started === child) child = undefined;
      open = 0;
    });
    return started;
  };
  const stop = (): void => {
    const ending = child;
    child = undefined;
    ending?.kill('SIGKILL');
  };
  return {
    look: (tables) => {
      const programs = programsThatSave(tables);
      if (programs.length === 0) return stop();
      if (open > 0) return;
      child ??= start();
      text = '';
      open = programs.length;
      child.write(programs.map((program) => `${program}\n`).join(''));
    },
    stop,
  };
}

function programsThatSave(tables: readonly Table[]): readonly string[] {
  const legacy = tables.filter(({ frontend }) => frontend === 'iptables-legacy');
  return FAMILIES.filter((family) =>
    legacy.some((table) => (table.family === 'ip6') === (family === 'ipv6')),
  ).map((family) => iptablesProgram('iptables-legacy', family, 'save'));
}

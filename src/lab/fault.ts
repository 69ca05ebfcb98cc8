import type { ProcessResult, RunOptions } from '../host/host.ts';
import { CUSTOMER_DEVICE, UPLINK_DEVICE } from './network-batch.ts';

/** What can go wrong with a WAN. */
export type Fault =
  /** The other end of the cable is gone. */
  | { readonly kind: 'carrier-down' }
  /** The cable is there and everything on it is lost, ARP and neighbour discovery too. */
  | { readonly kind: 'blackhole' }
  /** The gateway answers and says that it reaches nothing. */
  | { readonly kind: 'upstream-down' }
  /** The gateway answers pings, and what is sent through it is lost without a word. */
  | { readonly kind: 'no-internet' }
  /** A share of the packets through the ISP is lost, both ways. */
  | { readonly kind: 'loss'; readonly percent: number };

/** Runs a program in the ISP's namespace. */
export type RunAtIsp = (
  program: string,
  args: readonly string[],
  options?: RunOptions,
) => Promise<ProcessResult>;

/** Breaks the ISP of a WAN. */
export async function breakIsp(run: RunAtIsp, fault: Fault): Promise<ProcessResult> {
  switch (fault.kind) {
    case 'carrier-down':
      return run('ip', ['link', 'set', CUSTOMER_DEVICE, 'down']);
    case 'upstream-down':
      return run('ip', ['link', 'set', UPLINK_DEVICE, 'down']);
    case 'blackhole':
    case 'no-internet':
    case 'loss':
      return run('nft', ['-f', '-'], { input: faultRules(fault) });
  }
}

/** Takes away whatever `breakIsp` did; `addresses` is the ISP's own batch, since a link that was down lost its routes. */
export async function mendIsp(run: RunAtIsp, addresses: string): Promise<ProcessResult> {
  const rules = await run('nft', ['flush', 'ruleset']);
  return rules.code === 0 ? run('ip', ['-batch', '-'], { input: addresses }) : rules;
}

function faultRules(fault: Extract<Fault, { readonly kind: 'blackhole' | 'no-internet' | 'loss' }>): string {
  if (fault.kind === 'blackhole') {
    const hook = (name: string): string =>
      `chain ${name} {\ntype filter hook ${name} device "${CUSTOMER_DEVICE}" priority 0; policy drop;\n}\n`;
    return `flush ruleset\ntable netdev fault {\n${hook('ingress')}${hook('egress')}}\n`;
  }
  // nft refuses a comparison that is always true.
  const partly = fault.kind === 'loss' && fault.percent < 100;
  const what = partly ? `numgen random mod 100 < ${Math.max(0, fault.percent)} drop` : 'drop';
  return `flush ruleset
table inet fault {
chain forward {
type filter hook forward priority 0; policy accept;
${what}
}
}
`;
}

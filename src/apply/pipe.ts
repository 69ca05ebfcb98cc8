import type { Host, ProcessResult } from '../host/host.ts';
import { inTime } from './in-time.ts';
import { Refusal } from './refusal.ts';
import { StepFailure } from './step-failure.ts';

/** Debian's package of each program polywan starts. */
const PACKAGES: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  nft: 'nftables',
  conntrack: 'conntrack',
  ipset: 'ipset',
};

/** Runs a program to its end with `input` on its standard input; refuses when it is not installed. */
export async function pipe(
  host: Host,
  program: string,
  args: readonly string[],
  input = '',
): Promise<ProcessResult> {
  const result = await pipeIfThere(host, program, args, input);
  if (result.missing === true) throw new Refusal(missingProgram(program));
  return result;
}

/**
 * The same where a program that is not installed is an answer too. One that could not be started for another reason is
 * none.
 */
export async function pipeIfThere(
  host: Host,
  program: string,
  args: readonly string[],
  input = '',
): Promise<ProcessResult> {
  const child = host.converse(program, args);
  if (input !== '') child.write(input);
  const result = await inTime(host, program, child, child.end());
  if (result.code === null && result.signal === undefined && result.missing !== true)
    throw new StepFailure(program, result.stderr);
  return result;
}

export function missingProgram(program: string): string {
  const name = program.slice(program.lastIndexOf('/') + 1);
  const known = PACKAGES[name] ?? (/tables/.test(name) ? 'iptables' : undefined);
  return `${name} is not installed${known === undefined ? '' : ` (Debian package ${known})`}`;
}

/** Root has every right but in a container. */
export function runAsRoot(program: string, said: string): string {
  const [first = ''] = said.split('\n');
  return `run as root (in a container: with CAP_NET_ADMIN): ${program} says "${first}"`;
}

/** Whether a tool's complaint is about missing rights rather than about what it was asked. */
export function isDenied(said: string): boolean {
  return /not permitted|permission denied|you must be root/i.test(said);
}

/** Why a program that failed did so, in its own words where it has any. */
export function saidBy(result: Pick<ProcessResult, 'stderr' | 'signal'>): string {
  return result.stderr.trim() || `ended by ${result.signal ?? 'itself without a word'}`;
}

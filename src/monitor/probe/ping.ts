import { statePath } from '../../apply/state-dir.ts';
import type { Correspondence, Host } from '../../host/host.ts';
import { lineSplitter } from '../../host/line-splitter.ts';
import { restarts } from '../restarts.ts';
import type { AlarmClock } from './alarm-clock.ts';
import type { ProbeBinding } from './binding.ts';
import { lineTimes } from './line-times.ts';
import { type PingLedger, pingLedger } from './ping-ledger.ts';
import { parsePingLine } from './ping-line.ts';
import type { ProbeListener, Prober } from './prober.ts';

/**
 * One `ping` that stays, bound to the WAN's interface and mark; started again with growing pauses when it dies. `delayMs`
 * keeps the probes of a site from going out all at once.
 */
export function startPing(
  host: Host,
  binding: ProbeBinding,
  target: string,
  delayMs: number,
  alarms: AlarmClock,
  tell: ProbeListener,
): Prober {
  const pauses = restarts();
  let stopChild = (): void => {};
  let stopped = false;
  let cancel = host.after(delayMs, start);
  function start(): void {
    const startedAt = host.monotonicMs();
    const child = host.correspond(statePath(host, '.'), 'ping', pingWords(binding, target));
    const stopListening = listen(host, child, pingLedger(binding.health, startedAt, tell), alarms);
    stopChild = () => {
      stopListening();
      child.kill('SIGKILL');
    };
    tell.child('started');
    void child.ended.then(({ code, stderr, missing }) => {
      stopListening();
      if (stopped) return;
      if (missing === true) tell.problem('ping is not installed: apt install iputils-ping');
      // Of one that was killed nothing is said.
      else if (code === null && stderr !== '') tell.problem(`ping cannot be started: ${stderr}`);
      tell.child('died');
      cancel = host.after(pauses.next(host.monotonicMs() - startedAt), start);
    });
  }
  return {
    stop: () => {
      stopped = true;
      cancel();
      stopChild();
    },
  };
}

function pingWords(binding: ProbeBinding, target: string): readonly string[] {
  const family = target.includes(':') ? 6 : binding.families.includes('ipv4') ? 4 : 6;
  const seconds = String(binding.health.intervalMs / 1000);
  // ping reads decimal numbers alone.
  const mark = String(binding.mark.value);
  return [`-${family}`, '-D', '-n', '-O', '-i', seconds, '-I', binding.interface, '-m', mark, '--', target];
}

/** Lines wait in the pipe until they may matter; when they were written, they say themselves. */
function listen(host: Host, child: Correspondence, ledger: PingLedger, alarms: AlarmClock): () => void {
  let ended = false;
  const linesOf = lineSplitter();
  const toMonotonic = lineTimes(host);
  const hear = (): void => {
    const lines = linesOf(child.collect());
    const timeOf = toMonotonic();
    for (const line of lines) {
      const parsed = parsePingLine(line);
      if (parsed !== undefined) ledger.line(parsed, timeOf(parsed.writtenMs));
    }
  };
  const look = (): void => {
    // First of all: after a pause of this process, answers to what seems lost lie there.
    hear();
    settle();
  };
  const settle = (): void => {
    const { from, at } = ledger.settle(host.monotonicMs());
    alarm.set(from, at);
  };
  const alarm = alarms.alarm(look);
  child.onErrors((chunk) => {
    if (ended) return;
    hear();
    for (const _ of chunk.matchAll(/sendmsg|sendto/g)) ledger.unsent(host.monotonicMs());
    settle();
  });
  settle();
  return () => {
    if (ended) return;
    ended = true;
    alarm.stop();
    hear();
  };
}

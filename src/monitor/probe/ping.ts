import type { Conversation, Host } from '../../host/host.ts';
import type { AlarmClock } from './alarm-clock.ts';
import type { ProbeBinding } from './binding.ts';
import { type PingLedger, pingLedger } from './ping-ledger.ts';
import { parsePingLine } from './ping-line.ts';
import type { ProbeListener, Prober } from './prober.ts';
import { restarts } from './restarts.ts';

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
    const child = host.converse('ping', pingWords(binding, target));
    const stopListening = listen(host, child, pingLedger(binding.health, startedAt, tell), alarms);
    stopChild = () => {
      stopListening();
      child.kill('SIGKILL');
    };
    tell.child('started');
    void child.ended.then(() => {
      stopListening();
      if (stopped) return;
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
  return [`-${family}`, '-n', '-O', '-i', seconds, '-I', binding.interface, '-m', mark, target];
}

function listen(host: Host, child: Conversation, ledger: PingLedger, alarms: AlarmClock): () => void {
  let ended = false;
  const settle = (): void => {
    if (!ended) alarm.set(ledger.settle(host.monotonicMs()));
  };
  const alarm = alarms.alarm(settle);
  child.onOutput(
    linewise((lines) => {
      if (ended) return;
      // All that came together first: after a pause of this process the answers to what seems lost lie behind the first.
      for (const line of lines) {
        const parsed = parsePingLine(line);
        if (parsed !== undefined) ledger.line(parsed, host.monotonicMs());
      }
      settle();
    }),
  );
  child.onErrors(
    linewise((lines) => {
      if (ended) return;
      for (const line of lines) if (/sendmsg|sendto/.test(line)) ledger.unsent(host.monotonicMs());
      settle();
    }),
  );
  settle();
  return () => {
    ended = true;
    alarm.stop();
  };
}

function linewise(take: (lines: readonly string[]) => void): (chunk: string) => void {
  let partial = '';
  return (chunk) => {
    const lines = (partial + chunk).split('\n');
    partial = lines.pop() ?? '';
    if (lines.length > 0) take(lines);
  };
}

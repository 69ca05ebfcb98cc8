import type { Probe } from '../config/site.ts';

/** A probe in a few words, the same for the same question: `ping 203.0.113.1`. */
export function probeLabel(probe: Probe): string {
  switch (probe.kind) {
    case 'ping':
      return `ping ${probe.target}`;
    case 'dns':
      return `dns ${probe.server} ${probe.query}`;
    case 'http':
      return `http ${probe.url}`;
    case 'tcp':
      return `tcp ${probe.host.includes(':') ? `[${probe.host}]` : probe.host}:${probe.port}`;
    case 'arp':
      return 'arp';
    case 'command':
      return `command ${probe.command.join(' ')}`;
  }
}

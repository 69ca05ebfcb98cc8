import { FAMILIES } from '../../net/family.ts';
import type { MonitorState } from '../decide/decision.ts';
import type { WanState } from '../health/state.ts';
import type { RecordedEvent } from './entry.ts';

/** What was told of links, addresses, gateways and by the administrator before a recording began, for it to rest on. */
export function knownEvents({ wans }: Pick<MonitorState, 'wans'>): readonly RecordedEvent[] {
  return wans.flatMap(eventsOf);
}

function eventsOf({ wan: { name: wan }, link, families, admin }: WanState): readonly RecordedEvent[] {
  return [
    ...(link === undefined ? [] : [{ kind: 'link', wan, state: link } as const]),
    ...FAMILIES.flatMap((family): RecordedEvent[] => {
      const { addresses, gateway } = families[family] ?? {};
      return [
        ...(addresses === undefined ? [] : [{ kind: 'address', wan, family, addresses } as const]),
        ...(gateway === undefined ? [] : [gatewayEvent(wan, family, gateway)]),
      ];
    }),
    ...(admin === 'auto' ? [] : [{ kind: 'admin', wan, word: admin } as const]),
  ];
}

function gatewayEvent(wan: string, family: (typeof FAMILIES)[number], gateway: string | null): RecordedEvent {
  return { kind: 'gateway', wan, family, ...(gateway === null ? {} : { gateway }) };
}

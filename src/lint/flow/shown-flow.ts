import type { Flow } from '../../trace/flow.ts';
import type { TracePath } from '../../trace/trace.ts';
import { conditionWords } from '../condition-words.ts';
import type { Finding, Otherwise } from '../finding.ts';
import type { Machine } from '../machine.ts';
import { shownPacket } from './shown-packet.ts';
import type { World } from './world.ts';

/** A flow that was followed to show what a finding means. */
export interface ShownFlow {
  readonly world: World;
  readonly flow: Flow;
  readonly path: TracePath;
  readonly otherwise?: Otherwise;
}

/** What a finding has of it; nothing where no flow was found. */
export function shown(
  machine: Machine,
  followed: ShownFlow | undefined,
  assumed: readonly string[] = [],
): Pick<Finding, 'flow' | 'assumed'> {
  const all = [...assumed, ...(followed?.world.assumed ?? [])];
  const said = all.length === 0 ? {} : { assumed: all };
  if (followed === undefined) return said;
  const { flow, path, otherwise } = followed;
  return {
    ...said,
    flow: {
      flow,
      conditions: conditionWords(machine, path),
      packets: path.packets.map(shownPacket),
      ...(otherwise === undefined ? {} : { otherwise }),
    },
  };
}

/** The packets of the same flow where one thing is otherwise. */
export function otherwise(when: string, path: TracePath): Otherwise {
  return { when, packets: path.packets.map(shownPacket) };
}

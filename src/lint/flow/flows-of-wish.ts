import type { Hook } from '../../kernel/netfilter.ts';
import type { Flow } from '../../trace/flow.ts';
import { ICMP, ICMPV6, TCP, UDP } from '../../trace/protocol.ts';
import { contains, type Ranges } from '../../trace/ranges.ts';
import { addressPoint, formatPoint, type Point } from '../../trace/term.ts';
import { isAmong } from './mark-exits.ts';
import { clientsBehind, homeOf, hostsOf, ownAddressesOf } from './places.ts';
import { type Field, fitsName, rangesOf, type Wish } from './wish.ts';
import type { World } from './world.ts';

/** Different values for what the wish leaves open, in case rules before take the first ones away. */
export const VARIATIONS = 4;

/** An ephemeral port, the most common service and one that rules seldom name. */
const SOURCE_PORT = 40000;
const SERVICES = [443, 8443];

/** What a rule does to connections from outside shows by two uplinks, of which one is not the default. */
const MOST_WANS = 2;

/** Concrete flows of packets as they are wished, for a rule at this hook: from inside, from outside, from the router. */
export function flowsOfWish(wish: Wish, hook: Hook, world: World, variation = 0): readonly Flow[] {
  const pick = new Picker(wish, variation);
  if (hook === 'output') return fromRouter(wish, world, pick);
  const devices = devicesIn(wish, world);
  const flows = devices.flatMap((device) =>
    isAmong(device, world.wans)
      ? fromOutside(device, wish, world, pick)
      : fromInside(device, wish, world, pick),
  );
  return hook === 'postrouting' && wish.in.only === undefined
    ? [...flows, ...fromRouter(wish, world, pick)]
    : flows;
}

function devicesIn({ in: names }: Wish, world: World): readonly string[] {
  const known = [...world.lans, ...world.wans];
  const wanted = names.only?.flatMap((name) => {
    if (!/[*+]$/.test(name)) return [name];
    const found = known.filter((one) => fitsName(one, name));
    return found.length > 0 ? found : [name.replace(/[*+]$/, '0')];
  });
  // Without a wish one interface inside stands for all of them; uplinks have marks of their own, and each another one.
  const open = wanted ?? [
    ...world.lans.filter((name) => !isNot(name, names.not)).slice(0, 1),
    ...world.wans.filter((name) => !isNot(name, names.not)).slice(0, MOST_WANS),
  ];
  return [...new Set(open)].filter((name) => !isNot(name, names.not) && name !== 'lo');
}

function isNot(name: string, not: readonly string[]): boolean {
  return not.some((one) => fitsName(name, one));
}

function fromInside(device: string, wish: Wish, world: World, pick: Picker): readonly Flow[] {
  const { internet } = hostsOf(world);
  const source = pick.address('saddr', clientsBehind(world, device));
  if (source === undefined || wish.local === true) return [];
  // Where routes are given, a host can only be where they say that it is.
  const home = wish.in.only === undefined ? (homeOf(world, source) ?? device) : device;
  return [{ in: home, source, ...pick.rest(internet) }];
}

/** To the router itself, and to a host inside: forwarded by translation or because it is routed. */
function fromOutside(device: string, wish: Wish, world: World, pick: Picker): readonly Flow[] {
  const { visitor } = hostsOf(world);
  const source = pick.address('saddr', [visitor]);
  // Sources that rules name are inside, unless they say that they come in here.
  if (source === undefined || (wish.in.only === undefined && source !== visitor)) return [];
  const [own] = ownAddressesOf(world, device);
  const [inside] = world.lans;
  const hosts = [
    ...(own === undefined || wish.local === false ? [] : [own]),
    ...(inside === undefined || wish.local === true ? [] : clientsBehind(world, inside).slice(0, 1)),
  ];
  const flows = hosts.map((host) => ({ in: device, source, ...pick.rest(host) }));
  // Where the destination is said, both are the same flow.
  return flows.filter(
    (flow, place) => flows.findIndex((one) => one.destination === flow.destination) === place,
  );
}

function fromRouter(wish: Wish, world: World, pick: Picker): readonly Flow[] {
  const { internet } = hostsOf(world);
  const source = wish.fields.saddr === undefined ? undefined : pick.address('saddr', []);
  const mark = wish.mark === undefined ? {} : { mark: wish.mark.value };
  return [{ ...(source === undefined ? {} : { source }), ...pick.rest(internet), ...mark }];
}

/** Values for fields: what is preferred where the wish allows it, else something from the middle of what it allows. */
class Picker {
  private readonly wish: Wish;
  private readonly variation: number;

  constructor(wish: Wish, variation: number) {
    this.wish = wish;
    this.variation = variation;
  }

  address(field: 'saddr' | 'daddr', preferred: readonly string[]): string | undefined {
    const { family } = this.wish;
    const point = this.point(
      field,
      preferred.flatMap((text) => addressPoint(text, family) ?? []),
    );
    return point === undefined ? undefined : formatPoint(point, family);
  }

  /** Everything but where it comes from. */
  rest(destination: string): Omit<Flow, 'in' | 'source'> {
    const { family } = this.wish;
    const protocol = this.number('protocol', [TCP, UDP, family === 'ipv4' ? ICMP : ICMPV6]);
    const hasPorts = protocol === TCP || protocol === UDP;
    const uid = this.wish.fields.uid === undefined ? {} : { uid: this.number('uid', [1000]) };
    return {
      family,
      destination: this.address('daddr', [destination]) ?? destination,
      protocol: protocol === TCP ? 'tcp' : protocol === UDP ? 'udp' : protocol,
      ...(hasPorts
        ? {
            sourcePort: this.number('sport', [SOURCE_PORT]),
            destinationPort: this.number('dport', SERVICES),
          }
        : {}),
      ...(this.wish.fields.icmpType === undefined ? {} : { icmpType: this.number('icmpType', [8, 128]) }),
      dscp: this.number('dscp', [0]),
      ...uid,
    };
  }

  private number(field: Field, preferred: readonly number[]): number {
    const point = this.point(field, preferred);
    return typeof point === 'number' ? point : (preferred[0] ?? 0);
  }

  private point(field: Field, preferred: readonly Point[]): Point | undefined {
    const ranges = rangesOf(this.wish, field);
    const open = this.wish.fields[field] === undefined;
    const liked = preferred.filter((point) => contains(ranges, point));
    // What nothing asks for stays plain; a rule before may take the first of it, as if it were asked for.
    const points = open || this.variation === 0 ? liked : [...liked, ...somewhere(ranges)];
    if (points.length === 0) return somewhere(ranges)[0];
    return points[this.variation % points.length];
  }
}

/** Points of the first stretches: no network's own address where there is another. */
function somewhere(ranges: Ranges): readonly Point[] {
  const points: Point[] = [];
  for (let at = 0; at < Math.min(ranges.length, 8); at += 2) {
    const first = ranges[at];
    const last = ranges[at + 1];
    if (first === undefined || last === undefined) break;
    points.push(inStretch(first, last));
  }
  const end = ranges.at(-1);
  return end === undefined ? points : [...points, end];
}

function inStretch(first: Point, last: Point): Point {
  if (typeof first === 'number' && typeof last === 'number')
    return Math.min(first + (last > first ? 1 : 0), last);
  const host = `${String(first).slice(0, 31)}a`;
  return host >= String(first) && host <= String(last) ? host : first;
}

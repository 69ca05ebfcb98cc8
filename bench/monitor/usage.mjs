// Processor time and memory of a process and its children, as the kernel counts them.
import { readdirSync, readFileSync } from 'node:fs';

/** proc(5): clock ticks of /proc/PID/stat; the same on every Linux that Node runs on. */
const TICK_MS = 10;

/** Milliseconds spent by now: of living threads to the nanosecond, of children that have ended in ticks. */
export function processorMs(pid) {
  const parts = { daemon: 0, ended: 0, children: {} };
  for (const each of family(pid)) {
    const ms = threadsMs(each);
    parts.ended += endedChildrenMs(each);
    if (each === pid) parts.daemon = ms;
    else {
      const name = read(`/proc/${each}/comm`).trim();
      parts.children[name] = (parts.children[name] ?? 0) + ms;
    }
  }
  return parts;
}

/** `after` less `before`, in all and by program. */
export function spent(before, after) {
  const children = Object.entries(after.children).map(([name, ms]) => [
    name,
    ms - (before.children[name] ?? 0),
  ]);
  const ended = after.ended - before.ended;
  const daemon = after.daemon - before.daemon;
  return {
    daemon,
    children: ended + children.reduce((sum, [, ms]) => sum + ms, 0),
    byProgram: Object.fromEntries([...children, ['ended', ended]]),
  };
}

export function family(pid) {
  const children = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const fields = statOf(name);
    if (fields === undefined) continue;
    const parent = Number(fields[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const all = [pid];
  for (let at = 0; at < all.length; at += 1) all.push(...(children.get(all[at]) ?? []));
  return all;
}

/** MB: resident, and the share that is nobody else's. */
export function memoryOf(pid) {
  const text = read(`/proc/${pid}/smaps_rollup`);
  const megabytes = (name) =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN) / 1024;
  return { resident: megabytes('Rss'), proportional: megabytes('Pss') };
}

function threadsMs(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).reduce(
      (sum, thread) => sum + Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0]) / 1e6,
      0,
    );
  } catch {
    return 0;
  }
}

function endedChildrenMs(pid) {
  const fields = statOf(pid);
  if (fields === undefined) return 0;
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
}

/** From the third field on: the name in the second may hold anything. */
function statOf(pid) {
  const text = read(`/proc/${pid}/stat`);
  return text === '' ? undefined : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

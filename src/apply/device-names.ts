import { readLinks } from '../codec/ip-json.ts';
import { readAnswer } from './json-answer.ts';

/** What a running `ip` may have read of devices' names and numbers. */
export interface DeviceNames {
  /**
   * Whether this answer to `link show` gives a device another name, or a name to another device, than one before: `ip` asks
   * the kernel for each once (ll_init_map), and goes on to say the old name of the device's routes, and to change those of
   * the old device.
   */
  areOther(links: string): boolean;
}

export function deviceNames(): DeviceNames {
  const names = new Map<number, string>();
  const numbers = new Map<string, number>();
  let last: string | undefined;
  const learn = (text: string): boolean => {
    let other = false;
    for (const { index, name } of readLinks(readAnswer('ip', text))) {
      other ||= (names.get(index) ?? name) !== name || (numbers.get(name) ?? index) !== index;
      names.set(index, name);
      numbers.set(name, index);
    }
    return other;
  };
  return {
    areOther: (text) => {
      const before = last;
      last = text;
      // Most looks are for a route or an address, and most runs look once.
      if (before === undefined || text === before) return false;
      if (names.size === 0) learn(before);
      return learn(text);
    },
  };
}

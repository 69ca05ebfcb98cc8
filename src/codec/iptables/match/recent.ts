import { argumentOf, hasOption, type MatchExtension } from '../extension.ts';

/** Keeps the words iptables-save prints, in its order, so that what was written and what is found are one text. */
export const RECENT: MatchExtension = {
  name: 'recent',
  options: {
    '--set': 0,
    '--rcheck': 0,
    '--update': 0,
    '--remove': 0,
    '--seconds': 1,
    '--hitcount': 1,
    '--rttl': 0,
    '--reap': 0,
    '--name': 1,
    '--mask': 1,
    '--rsource': 0,
    '--rdest': 0,
  },
  read: (uses, scope) => {
    const word = (name: string) => {
      const one = uses.find((candidate) => candidate.name === name);
      return one === undefined ? [] : [...(one.negated ? ['!'] : []), name, ...one.args];
    };
    const full = scope.family === 'ip' ? '255.255.255.255' : 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff';
    const words = [
      ...['--set', '--rcheck', '--update', '--remove', '--seconds', '--reap', '--hitcount', '--rttl'].flatMap(
        word,
      ),
      '--name',
      argumentOf(uses, '--name') ?? 'DEFAULT',
      '--mask',
      argumentOf(uses, '--mask') ?? full,
      hasOption(uses, '--rdest') ? '--rdest' : '--rsource',
    ];
    return [{ kind: 'unknown-match', name: 'recent', text: `-m recent ${words.join(' ')}` }];
  },
};

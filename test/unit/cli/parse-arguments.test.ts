import { describe, expect, it } from 'vitest';
import { durationOption } from '../../../src/cli/arguments.ts';
import { parseArguments } from '../../../src/cli/parse-arguments.ts';
import { UsageError } from '../../../src/cli/usage-error.ts';

const signature = {
  positionals: [
    { name: 'wan', describe: 'a WAN', required: true },
    { name: 'words', describe: 'a command', required: false, variadic: true },
  ],
  options: {
    confirm: { type: 'string', valueName: 'DURATION', describe: 'go back unless confirmed' },
    backend: { type: 'string', choices: ['nftables', 'iptables'], describe: 'force a backend' },
    count: { type: 'number', alias: 'n', describe: 'how many' },
    down: { type: 'array', describe: 'WANs that are down' },
    json: { type: 'boolean', describe: 'print JSON' },
    secret: { type: 'boolean', hidden: true, describe: 'for polywan itself' },
  },
} as const;

function refusal(...words: string[]): string {
  try {
    return JSON.stringify(parseArguments(signature, words));
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

describe('the words of a call', () => {
  it('are read by the command’s tables', () => {
    const words = [
      'fiber',
      '--confirm',
      '60s',
      '--json',
      '-n',
      '3',
      '--down',
      'lte',
      '--down',
      '7',
      '-c',
      'my.yaml',
    ];
    expect(parseArguments(signature, words)).toEqual({
      wan: 'fiber',
      words: [],
      confirm: '60s',
      json: true,
      count: 3,
      down: ['lte', '7'],
      config: 'my.yaml',
    });
  });

  it('keep a value as it was written', () => {
    expect(parseArguments(signature, ['007', '--confirm=1e3'])).toMatchObject({ wan: '007', confirm: '1e3' });
  });

  it('are left alone after --', () => {
    expect(parseArguments(signature, ['fiber', '--', 'ping', '-n', '1'])).toMatchObject({
      wan: 'fiber',
      words: ['ping', '-n', '1'],
    });
  });

  it('take the last of an option that is given twice', () => {
    expect(parseArguments(signature, ['fiber', '-c', 'a', '-c', 'b'])).toMatchObject({ config: 'b' });
  });

  it('that follow an option without a value are words of their own', () => {
    expect(parseArguments(signature, ['--json', 'false', 'true'])).toMatchObject({
      json: true,
      wan: 'false',
      words: ['true'],
    });
  });

  it.each([['-n5'], ['-n=5'], ['-n', '5'], ['--count=5'], ['--count', '5']])(
    '%j gives a value',
    (...words) => {
      expect(parseArguments(signature, ['fiber', ...words])).toMatchObject({ count: 5 });
    },
  );

  it('may have the value of a short option right behind it', () => {
    expect(parseArguments(signature, ['fiber', '-cFILE'])).toMatchObject({ config: 'FILE' });
  });

  it('may be a single dash, or less than nothing', () => {
    expect(parseArguments(signature, ['fiber', '-c', '-', '-n', '-2'])).toMatchObject({
      config: '-',
      count: -2,
    });
  });

  it.each([
    [['fiber', '--confrim', '60s'], 'unknown option --confrim; did you mean --confirm?'],
    [['fiber', '--elephant'], 'unknown option --elephant'],
    [['fiber', '--secre'], 'unknown option --secre'],
    [['fiber', '-x'], 'unknown option -x'],
    [['fiber', '--backend', 'nftable'], '--backend cannot be "nftable"; did you mean nftables?'],
    [['fiber', '--backend', 'pf'], '--backend cannot be "pf"; one of nftables, iptables'],
    [['fiber', '--confirm'], '--confirm needs a value'],
    [['fiber', '--confirm', '--json'], '--confirm needs a value'],
    [['fiber', '--confirm='], '--confirm needs a value'],
    [['fiber', '--count', 'many'], '--count needs a number'],
    [[''], 'an argument is empty'],
    [['fiber', 'word', ''], 'an argument is empty'],
    [['fiber', '-c', ''], '-c needs a value'],
    [['fiber', '--down', ''], '--down needs a value'],
    [['fiber', '--json=1'], '--json takes no value'],
    [['fiber', '--json=false'], '--json takes no value'],
    [['fiber', '--json='], '--json takes no value'],
    [['fiber', '--__proto__', '1'], 'unknown option --__proto__'],
    [[], 'wan is missing: a WAN'],
    [['fiber', '--no-json'], 'unknown option --no-json; did you mean --json?'],
    [['fiber', '--__proto__.x', '1'], 'unknown option --__proto__.x'],
  ])('%j is refused in one line', (words, message) => {
    expect(refusal(...words)).toBe(`UsageError: ${message}`);
  });
});

it.each([
  ['0s', '--confirm needs a duration such as 60s or 5m'],
  ['soon', '--confirm needs a duration such as 60s or 5m'],
  ['25d', '--confirm ends at 24d'],
  ['99999999d', '--confirm ends at 24d'],
])('refuses the duration %s: %s', (confirm, message) => {
  expect(() => durationOption({ confirm }, 'confirm')).toThrow(new UsageError(message));
  expect(durationOption({ confirm: '24d' }, 'confirm')).toBe(24 * 24 * 3_600_000);
});

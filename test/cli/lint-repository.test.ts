import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, describe, expect, it } from 'vitest';
import { execute, PROJECT } from './polywan.ts';

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string; readonly description: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: {
    readonly using: string;
    readonly steps: readonly {
      readonly id?: string;
      readonly shell: string;
      readonly run: string;
      readonly env?: Readonly<Record<string, string>>;
    }[];
  };
}

interface Hook {
  readonly id: string;
  readonly language: string;
  readonly entry: string;
  readonly args: readonly string[];
  readonly pass_filenames: boolean;
}

const root = mkdtempSync(join(tmpdir(), 'polywan-repository-'));
afterAll(() => rmSync(root, { recursive: true }));

const action = load(readFileSync(join(PROJECT, 'action.yml'), 'utf8')) as Action;
const hooks = load(readFileSync(join(PROJECT, '.pre-commit-hooks.yaml'), 'utf8')) as readonly Hook[];

/** A checkout as the runner or pre-commit has it: nothing is built. Packages are those that are here. */
const checkout = join(root, 'checkout');
for (const name of ['src', 'bin', 'build', 'build.mjs', 'package.json', 'scripts'])
  cpSync(join(PROJECT, name), join(checkout, name), { recursive: true });
symlinkSync(join(PROJECT, 'node_modules'), join(checkout, 'node_modules'));

const GOOD = '*mangle\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n';
const BAD = 'name: fiber\ninterface: wan0\ngatewya: auto\n';

function repository(name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(root, name);
  mkdirSync(join(folder, 'etc'), { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}

const good = repository('good', { 'etc/rules.v4': GOOD });
const bad = repository('bad', { 'etc/fiber.yaml': BAD, 'etc/rules.v4': GOOD });

/** The steps as the runner would run them, in the folder of the user's repository. */
function runAction(workspace: string, inputs: Readonly<Record<string, string>>) {
  const outputs = join(root, 'outputs');
  writeFileSync(outputs, '');
  const value = (expression: string) =>
    expression.replace(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_, name: string) => {
      expect(action.inputs).toHaveProperty(name);
      return inputs[name] ?? action.inputs[name]?.default ?? '';
    });
  let last = { code: 0 as number | null, stdout: '', stderr: '' };
  for (const { shell, run, env = {} } of action.runs.steps) {
    expect(shell).toBe('bash');
    // Inputs come by the environment alone.
    expect(run).not.toContain('${{');
    const variables = Object.fromEntries(Object.entries(env).map(([name, from]) => [name, value(from)]));
    last = execute('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', `cd "$0"\n${run}`, workspace], {
      ...variables,
      GITHUB_ACTION_PATH: checkout,
      GITHUB_OUTPUT: outputs,
    });
    if (last.code !== 0) break;
  }
  return { ...last, outputs: readFileSync(outputs, 'utf8') };
}

describe('the GitHub Action', () => {
  it('builds itself from the checkout, and is content with a good repository', () => {
    rmSync(join(checkout, 'dist'), { recursive: true, force: true });
    expect(action.runs.using).toBe('composite');
    expect(runAction(good, {})).toMatchObject({ code: 0, stdout: 'nothing wrong\n' });
    expect(existsSync(join(checkout, 'dist/polywan.cjs'))).toBe(true);
  });

  it('fails for a bad one, with annotations at their lines', () => {
    const { code, stdout } = runAction(bad, {});
    expect(code).toBe(1);
    expect(stdout).toMatch(/^::error file=etc\/fiber\.yaml,line=3,endLine=3,col=1,.*::unknown key/m);
  });

  it('looks where it is told to, with the limits it is given', () => {
    expect(runAction(bad, { paths: 'etc/rules.v4\n' })).toMatchObject({ code: 0 });
    expect(runAction(bad, { paths: 'etc/rules.v4\netc/fiber.yaml\n', severity: 'error' })).toMatchObject({
      code: 1,
    });
    expect(runAction(bad, { 'max-warnings': 'many' })).toMatchObject({ code: 2 });
    expect(runAction(bad, { baseline: 'none.json' })).toMatchObject({ code: 2 });
    expect(runAction(bad, { settings: 'none.yaml' })).toMatchObject({ code: 2 });
  });

  it('takes no input for a command', () => {
    const paths = `$(touch ${root}/owned); touch ${root}/owned\n\`touch ${root}/owned\``;
    expect(runAction(good, { paths, severity: `error; touch ${root}/owned` }).code).toBe(2);
    expect(runAction(good, { paths }).code).toBe(2);
    expect(existsSync(join(root, 'owned'))).toBe(false);
  });

  it('writes SARIF beside it, and says where', () => {
    const { code, stdout, outputs } = runAction(bad, { 'sarif-file': 'lint.sarif' });
    expect(code).toBe(1);
    expect(stdout).toContain('::error');
    expect(outputs).toBe('sarif-file=lint.sarif\n');
    const [run] = JSON.parse(readFileSync(join(bad, 'lint.sarif'), 'utf8')).runs;
    expect(run.results[0]).toMatchObject({ ruleId: 'config-invalid', level: 'error' });
    expect(run.results[0].locations[0].physicalLocation.artifactLocation.uri).toBe('etc/fiber.yaml');
    const step = action.runs.steps.find(({ id }) => id === 'lint');
    expect(step).toBeDefined();
    expect(action.outputs['sarif-file']?.value).toContain(' steps.lint.outputs.sarif-file ');
    rmSync(join(bad, 'lint.sarif'));
  });
});

describe('the pre-commit hook', () => {
  const [hook] = hooks;

  it('lints the repository it is called in', () => {
    expect(hooks.map(({ id }) => id)).toEqual(['polywan-lint']);
    expect(hook).toMatchObject({ language: 'script', pass_filenames: false });
    const run = (folder: string) =>
      execute('bash', [
        '-c',
        'cd "$0" && exec "$@"',
        folder,
        join(checkout, hook?.entry ?? ''),
        ...(hook?.args ?? []),
      ]);
    expect(run(good)).toMatchObject({ code: 0, stdout: 'nothing wrong\n' });
    const { code, stdout } = run(bad);
    expect(code).toBe(1);
    expect(stdout).toContain('etc/fiber.yaml:3:1: error:');
  });
});

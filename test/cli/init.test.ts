import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execute, LAUNCHER, type Outcome, polywan } from './polywan.ts';

const namespace = `polywan-init-${process.pid}`;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'polywan-init-'));
  execute('ip', ['netns', 'add', namespace]);
});
afterEach(() => {
  execute('ip', ['netns', 'delete', namespace]);
  rmSync(folder, { recursive: true });
});

function init(site: string): Outcome {
  return execute('ip', ['netns', 'exec', namespace, LAUNCHER, 'init', site]);
}

function ip(...steps: readonly string[]): void {
  for (const step of steps) expect(execute('ip', ['-n', namespace, ...step.split(' ')]).stderr).toBe('');
}

function addUplink(): void {
  ip('link add wan0 type veth peer name isp0', 'link set wan0 up', 'link set isp0 up');
}

function isThereAlready(path: string): Outcome {
  const stderr = `polywan: ${path} is there already, and init overwrites nothing; name another folder\n`;
  return { code: 2, stdout: '', stderr };
}

describe('init', () => {
  it('writes a site that lint accepts from links and default routes, once', () => {
    addUplink();
    ip(
      'link add lan0 type bridge',
      'link set lan0 up',
      'address add 192.0.2.2/24 dev wan0',
      'route add default via 192.0.2.1 dev wan0 proto static',
    );
    const site = join(folder, 'router');
    const first = init(site);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain('uplinks: wan0');
    expect(readFileSync(join(site, 'polywan.yaml'), 'utf8')).toMatch(/^lan: \[.*lan0.*\]$/m);
    expect(readFileSync(join(site, 'profiles/wan0.yaml'), 'utf8')).toContain('192.0.2.1');
    expect(polywan(['lint', join(site, 'polywan.yaml')])).toMatchObject({ code: 0, stderr: '' });
    expect(init(site)).toEqual(isThereAlready(`${site}/polywan.yaml`));
  });

  it('says what is missing where there is no default route, and writes nothing', () => {
    const { code, stderr } = init(join(folder, 'nothing'));
    expect(code).toBe(3);
    expect(stderr).toMatch(/^polywan: no interface of this machine has a default route.*\n$/);
    expect(readdirSync(folder)).not.toContain('nothing');
  });

  it('writes nothing where an interface has a name that no site can have', () => {
    ip('link add wan#0 type veth peer name isp0', 'link set wan#0 up', 'route add default dev wan#0');
    const { code, stderr } = init(join(folder, 'named'));
    expect(code).toBe(3);
    expect(stderr).toMatch(/^polywan: a site cannot name wan#0, only .*; rename the interface first\n$/);
    expect(readdirSync(folder)).not.toContain('named');
  });

  describe('with an uplink', () => {
    beforeEach(() => {
      addUplink();
      ip('route add default dev wan0');
    });

    it('proposes a command that can be typed as it stands, whatever the folder is called', () => {
      const { stdout } = init(join(folder, 'the "$(new)" router/'));
      expect(stdout).toContain('router/polywan.yaml\n');
      const [, next = ''] = /then run: polywan (.*)\n/.exec(stdout) ?? [];
      const typed = `'${LAUNCHER}' ${next.replace('plan', 'render')}`;
      expect(execute('ip', ['netns', 'exec', namespace, 'sh', '-c', typed]).code).toBe(0);
    });

    it('takes back what it wrote when a link to nowhere stands where a profile belongs', () => {
      const site = join(folder, 'linked');
      mkdirSync(join(site, 'profiles'), { recursive: true });
      symlinkSync(join(folder, 'nowhere'), join(site, 'profiles/wan0.yaml'));
      expect(init(site)).toEqual(isThereAlready(`${site}/profiles/wan0.yaml`));
      expect(readdirSync(site)).toEqual(['profiles']);
    });

    it('says in one sentence that it may not write', () => {
      const { code, stderr } = init('/proc/polywan');
      expect(code).toBe(3);
      expect(stderr).toMatch(/^polywan: cannot create \/proc\/polywan[^\n]*\n$/);
    });
  });
});

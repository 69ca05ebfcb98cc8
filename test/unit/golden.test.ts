import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { render } from '../../src/apply/render.ts';
import { readSite } from '../../src/config/read-site.ts';
import type { Backend, Site } from '../../src/config/site.ts';
import { compile } from '../../src/plan/compile.ts';
import { type Machine, readMachine } from './golden-machine.ts';

// Each folder of test/golden holds a site, and below `nftables` and `iptables` what every program is fed for it.
// `UPDATE_GOLDEN=1 npx vitest run test/unit/golden.test.ts` writes them anew; read the difference before it is kept.
// What the machine knew and which WANs were down is in `machine.yaml`, where it matters (see golden-machine.ts).
const GOLDEN = new URL('../golden', import.meta.url).pathname;
const BACKENDS: readonly Backend[] = ['nftables', 'iptables'];

for (const name of readdirSync(GOLDEN)) {
  describe(name, () => {
    const folder = join(GOLDEN, name);
    const site = siteIn(folder);
    it.each(BACKENDS.filter((backend) => site.backend === 'auto' || site.backend === backend))(
      'is fed to the system as its %s folder says',
      (backend) => {
        const rendered = textsOf(site, readMachine(folder, site), backend);
        const kept = join(folder, backend);
        if (process.env.UPDATE_GOLDEN === '1') writeAll(kept, rendered);
        expect(rendered).toEqual(readAll(kept));
      },
    );
  });
}

function siteIn(folder: string): Site {
  const { site, diagnostics } = readSite(
    join(folder, 'polywan.yaml'),
    (path) => readFileSync(path, 'utf8'),
    (path) => readdirSync(path).sort(),
  );
  if (site === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return site;
}

function textsOf(site: Site, machine: Machine, backend: Backend): Readonly<Record<string, string>> {
  const { facts, health } = machine;
  const plan = compile(site, facts, { backend, health, allocation: { slots: {} } });
  const texts = render(plan.desired).map(({ name, text }) => [basename(name), text] as const);
  return Object.fromEntries([
    ...texts,
    ['warnings', plan.warnings.map(({ message }) => `${message}\n`).join('')],
  ]);
}

function writeAll(folder: string, texts: Readonly<Record<string, string>>): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
}

function readAll(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );
}

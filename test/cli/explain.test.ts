import { describe, expect, it } from 'vitest';
import { execute, LAUNCHER, polywan } from './polywan.ts';

describe('explain', () => {
  it('lists the checks, and prints a page of each', () => {
    const list = polywan(['explain']);
    expect(list).toMatchObject({ code: 0, stderr: '' });
    expect(list.stdout).toMatch(/^ {2}config-invalid +error +/m);
    const page = polywan(['explain', 'config-invalid']);
    expect(page).toMatchObject({ code: 0, stderr: '' });
    expect(page.stdout).toMatch(/^config-invalid \(error\)\n/);
    expect(page.stdout).toContain('Wrong, fiber.yaml:');
    expect(polywan(['lint', '--explain', 'config-invalid'])).toEqual(page);
  });

  it('explains settings too', () => {
    expect(polywan(['explain', 'mark_mask']).stdout).toContain('0xff000000');
  });

  it('names the nearest word for one that is none, and exits with 2', () => {
    expect(polywan(['explain', 'config-invald'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'polywan: no check and no setting is called "config-invald"; did you mean config-invalid?\n',
    });
    expect(polywan(['explain', 'xyzzy'])).toMatchObject({ code: 2, stdout: '' });
  });

  it('has its words completed', () => {
    const script = `. <("$0" completion); COMP_WORDS=(polywan explain config-in); COMP_CWORD=2; _polywan; echo "\${COMPREPLY[@]}"`;
    expect(execute('bash', ['-c', script, LAUNCHER]).stdout).toBe('config-invalid\n');
  });
});

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StepSizeSweep } from '../../src/index.js';
import { rosenbrock, rosenbrockGradient } from '../oracles/rosenbrock.js';

// The command as it is installed: `npm test` builds it first.
const folder = mkdtempSync(join(tmpdir(), 'steepest-sweep-'));
const sweep = (...given: string[]) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['dist/cli/steepest.js', 'sweep', ...given]);
  return { stdout: stdout.toString(), stderr: stderr.toString(), status };
};

describe('steepest sweep', () => {
  it('a step of the user: table, sentences, numbers and picture agree with the function itself', () => {
    const [json, svg] = [join(folder, 'sweep.json'), join(folder, 'deep', 'sweep.svg')];
    const given = ['--from', '1e-6', '--to', '0.02', '--count', '9', '--products', '4', '--backend', 'cpu'];
    const { stdout, status, stderr } = sweep('test/cli/rosenbrockStep.mjs', ...given, '--json', json, '--svg', svg);
    expect(stderr).not.toMatch(/Error/);
    expect(status).toBe(0);
    const { rows, overshoot } = JSON.parse(readFileSync(json, 'utf8')) as StepSizeSweep;
    expect(rows).toHaveLength(9);
    const theta = [-0.6, 0.9];
    const g = rosenbrockGradient(theta).map((each) => -each);
    const lossAt = (eta: number): number => rosenbrock(theta.map((each, i) => each + eta * (g[i] as number)));
    for (const { eta, loss } of rows) expect((loss as number) / lossAt(eta)).toBeCloseTo(1, 3);
    // The loss itself says where it stops being lower.
    expect(lossAt((overshoot as { low: number }).low)).toBeLessThan(rosenbrock(theta));
    expect(lossAt((overshoot as { high: number }).high)).toBeGreaterThan(rosenbrock(theta));
    expect(stdout).toContain('overshoots');
    expect(stdout).not.toMatch(/NaN|undefined/);
    const picture = readFileSync(svg, 'utf8');
    expect(picture).toMatch(/^<svg [^]*<\/svg>$/);
    expect(picture.match(/<title|<text/g)?.length).toBeGreaterThan(20);
    expect(picture).not.toMatch(/NaN|undefined|Infinity/);
  });

  it.each([
    [['--from', '0.1'], 1, '--from and --to together'],
    [['--from', '-1', '--to', '1'], 2, 'a number > 0, got "-1"'],
    [['--count', '1'], 2, 'an integer >= 2, got "1"'],
    [['--delta', '1'], 2, 'a number in (0, 1), got "1"'],
    [['missing.mjs'], 1, "missing.mjs can't be imported"],
    [['eslint.config.js'], 1, 'to export `loss`'],
    [['--discrete-gradient', 'other'], 2, 'Allowed choices'],
  ])('%j is refused', (given, code, message) => {
    const { status, stderr } = sweep(...given);
    expect(stderr).toContain(message);
    expect(status).toBe(code);
  });
});

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const example = (...given: string[]) => run(process.execPath, ['examples/linear-system/run.mjs', ...given]);

describe('examples/linear-system', () => {
  it('writes its numbers and figures', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'steepest-lti-'));
    const { stdout } = await example('--dimension', '3', '--out', folder);
    expect(stdout).toMatch(/161 of 161 states are natural gradient descent/);
    expect(readdirSync(folder).filter((file) => file.endsWith('.svg'))).toHaveLength(8);
    const { states } = JSON.parse(readFileSync(join(folder, 'data.json'), 'utf8')) as {
      states: { residual: number }[];
    };
    expect(Math.max(...states.map(({ residual }) => residual))).toBeLessThan(1e-12);
  });

  it.each([
    ['[[1,2],[3,4]]', /not stable/],
    ['[[-1,2],[2,-9]]', /symmetric/],
    ['[[-1,2]]', /not square/],
    ['[[-1,null],[0,-1]]', /not finite/],
    ['no-such-file', /can't be read/],
  ])('refuses %s', async (matrix, reason) => {
    await expect(example('--matrix', matrix)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(reason) as string,
    });
  });
});

import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const examples = readdirSync('examples').filter((file) => file.endsWith('.mjs'));

// They import the package by its name, so they need what `npm run build` makes; `npm test` builds first.
describe('examples', () => {
  it.each(examples)('%s runs and says something', async (file) => {
    const { stdout } = await run(process.execPath, [`examples/${file}`]);
    expect(stdout.trim().length).toBeGreaterThan(20);
    expect(stdout).not.toMatch(/NaN|undefined/);
  });
});

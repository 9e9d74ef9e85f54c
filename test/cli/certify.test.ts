import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { certifyLines } from '../../src/cli/certifyLines.js';

// The command as it is installed: `npm test` builds it first.
const program = ['dist/cli/steepest.js'];
const folder = mkdtempSync(join(tmpdir(), 'steepest-cli-'));

function certify(text: string | Buffer): {
  lines: { kind: string; line?: number; field?: string | null; verdict?: string; name?: string }[];
  status: number | null;
  stderr: string;
  stdout: string;
} {
  const { stdout, stderr, status } = spawnSync(process.execPath, [...program, 'certify', '-'], {
    input: text,
    maxBuffer: 1 << 28,
  });
  const out = stdout.toString();
  return {
    lines: out
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { kind: string }),
    status,
    stderr: stderr.toString(),
    stdout: out,
  };
}

const good = '{"y":[1,2],"g":[1,1],"eta":0.1,"lossBefore":1,"lossAfter":0.8}';

describe('steepest certify', () => {
  it.each([
    ['not JSON', 'nope', null],
    ['NaN', '{"y":[NaN],"g":[1]}', null],
    ['too large a number', '{"y":[1e999],"g":[1]}', 'y[0]'],
    ['no y', '{"g":[1]}', 'y'],
    ['a string for y', '{"y":"1","g":[1]}', 'y'],
    ['an empty vector', '{"y":[],"g":[]}', 'y'],
    ['lengths that differ', '{"y":[1,2],"g":[1]}', 'g'],
    ['null in a vector', '{"y":[1,null],"g":[1,2]}', 'y[1]'],
    ['no rate', '{"y":[1],"g":[1],"eta":0}', 'eta'],
    ['a loss in words', '{"y":[1],"g":[1],"lossBefore":"low"}', 'lossBefore'],
    ['a Hessian of another size', '{"y":[1,2],"g":[1,2],"hessian":[[1]]}', 'hessian'],
    ['a Hessian that is not symmetric', '{"y":[1,2],"g":[1,2],"hessian":[[1,2],[3,4]]}', 'hessian'],
    ['sizes that do not add up', '{"y":[1,2],"g":[1,2],"variables":[{"name":"a","size":1}]}', 'variables'],
    ['an unknown name', '{"y":[1],"g":[1],"etta":1}', 'etta'],
    ['a list', '[1]', 'line'],
    ['an unknown kind', '{"kind":"stepp"}', 'kind'],
    ['a torn record', '{"kind":"step","version":1}', 'step'],
  ])('%s is told in its place, and the others are certified', (_, line, field) => {
    const { lines, status, stderr, stdout } = certify(`${good}\n\n${line}\n${good}\n`);
    expect(lines.map(({ kind }) => kind)).toEqual(['certificate', 'error', 'certificate']);
    expect(lines[1]).toMatchObject({ line: 3, field });
    expect(status).toBe(1);
    expect(stderr).toBe('');
    expect(stdout).not.toMatch(/NaN|Infinity,/);
  });

  it('BOM, CRLF, U+2028 and a last line without newline are fine; a torn last line is skipped with a warning', () => {
    const named = '{"y":[1],"g":[1],"name":"a\u2028b"}';
    const whole = certify(`\uFEFF${good}\r\n${named}\r\n${good}`);
    expect(whole.lines.map(({ kind }) => kind)).toEqual(['certificate', 'certificate', 'certificate']);
    expect(whole.lines[1]?.name).toBe('a\u2028b');
    expect([whole.status, whole.stderr]).toEqual([0, '']);
    const torn = certify(`${good}\n${good.slice(0, 20)}`);
    expect([torn.lines.length, torn.status]).toEqual([1, 0]);
    expect(torn.stderr).toMatch(/line 2.*torn/);
  });

  it('a line of ten megabytes', () => {
    const entries = Array.from({ length: 500_000 }, (_, i) => (i % 7) + 0.125);
    const { lines, status } = certify(
      `${JSON.stringify({ y: entries, g: entries, name: 'x'.repeat(5e6) })}\n${good}\n`,
    );
    expect([lines[0]?.verdict, lines[1]?.verdict, status]).toEqual(['natural-gradient', 'natural-gradient', 0]);
  });

  it('reads no further than it is asked to: memory does not grow with the file', async () => {
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        given++;
        yield await Promise.resolve(Buffer.from(`${good}\n`));
      }
    }
    let taken = 0;
    for await (const answer of certifyLines(endless(), () => undefined)) {
      expect(answer.kind).toBe('certificate');
      if (++taken === 1000) break;
    }
    expect(given).toBeLessThanOrEqual(1002);
  });

  it('a reader that goes away ends it without a word', async () => {
    const file = join(folder, 'many.jsonl');
    writeFileSync(file, `${good}\n`.repeat(20_000));
    const child = spawn(process.execPath, [...program, 'certify', file], { stdio: ['ignore', 'pipe', 'pipe'] });
    let complaints = '';
    child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
    child.stdout.once('data', () => child.stdout.destroy());
    await new Promise((resolve) => child.once('close', resolve));
    expect(complaints).toBe('');
  });

  it('a missing file, a folder, a wrong command and help', () => {
    const run = (...args: string[]) => spawnSync(process.execPath, [...program, ...args], { encoding: 'utf8' });
    expect(run('certify', join(folder, 'absent.jsonl'))).toMatchObject({ status: 1, stdout: '' });
    expect(run('certify', folder).stderr).toMatch(/expected a file/);
    expect(run('certfy').status).toBe(2);
    expect(run('certify').status).toBe(2);
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(run('--version').stdout.trim()).toBe(version);
    for (const command of ['demo', 'certify', 'doctor']) {
      const help = run(command, '--help');
      expect([help.status, help.stdout.includes(`steepest ${command}`)]).toEqual([0, true]);
    }
    const { backends, wrongGradients } = JSON.parse(run('doctor', '--json').stdout) as {
      backends: { name: string; available: boolean }[];
      wrongGradients: { kernel: string; on: string[] }[];
    };
    expect(wrongGradients.find(({ kernel }) => kernel === 'MaxPool3D')?.on).toEqual(['wasm', 'node']);
    expect(backends.find(({ name }) => name === 'cpu')?.available).toBe(true);
  });
});

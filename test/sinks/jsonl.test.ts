import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { certify } from '../../src/certificates/certify.js';
import type { StepRecord } from '../../src/certificates/stepRecord.js';
import { externalStep } from '../../src/cli/externalStep.js';
import { jsonlSink } from '../../src/sinks/jsonl.js';
import type { RunHeader } from '../../src/sinks/sink.js';

const folder = mkdtempSync(join(tmpdir(), 'steepest-jsonl-'));
const step = (i: number): StepRecord => externalStep({ y: [1, i + 1], g: [1, 1] }, i);
const header: RunHeader = {
  kind: 'run',
  version: 1,
  run: 0,
  steepest: '0',
  tfjs: '4',
  backend: 'cpu',
  model: null,
  options: {},
  startedAt: '',
};

const trainingForever = `
import * as tf from '@tensorflow/tfjs';
import { monitor } from 'steepest';
import { jsonlSink } from 'steepest/sinks/jsonl';
await tf.setBackend('cpu');
const watch = monitor({ preset: 'full', stepSize: 'never', sinks: [jsonlSink(process.argv[1], { flushEvery: 10 })] });
const theta = tf.variable(tf.randomNormal([20]));
const optimizer = watch.wrap(tf.train.momentum(0.01, 0.9));
for (;;) {
  optimizer.minimize(() => theta.square().square().sum(), false, [theta]);
  await new Promise((resolve) => setImmediate(resolve));
}
`;

describe('a recorded run', () => {
  it('killed with -9, replays to the recorded certificates byte for byte', async () => {
    const file = join(folder, 'killed.jsonl');
    const child = spawn(process.execPath, ['--input-type=module', '-e', trainingForever, file], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    for (let i = 0; i < 200 && !(existsSync(file) && readFileSync(file).length > 200_000); i++) await sleep(50);
    child.kill('SIGKILL');
    await ended;
    const lines = readFileSync(file, 'utf8').split('\n');
    // What follows the last newline was torn, or is empty.
    const whole = lines.slice(0, -1);
    const kinds = whole.map((line) => (JSON.parse(line) as { kind: string }).kind);
    expect(kinds[0]).toBe('run');
    const steps = whole.filter((_, i) => kinds[i] === 'step').map((line) => JSON.parse(line) as StepRecord);
    const certificates = whole.filter((_, i) => kinds[i] === 'certificate');
    expect(certificates.length).toBeGreaterThan(50);
    expect(steps.slice(0, certificates.length).map((record) => JSON.stringify(certify(record)))).toEqual(certificates);
  });

  it('a full disk: one warning, lines counted, no exception', async () => {
    const warnings: string[] = [];
    const sink = jsonlSink('/dev/full', { bufferBytes: 0, warn: (message) => warnings.push(message) });
    sink.start?.(header);
    for (let i = 0; i < 5; i++) sink.write(step(i));
    await sink.flush();
    await sink.close();
    expect(warnings.length).toBe(1);
    expect(warnings[0]).toMatch(/ENOSPC/);
    expect(sink.dropped).toBe(6);
  });

  it('a folder that vanishes is made again, with a header, and one warning', async () => {
    const warnings: string[] = [];
    const inner = join(folder, 'inner');
    const sink = jsonlSink(join(inner, 'run.jsonl'), { bufferBytes: 0, warn: (message) => warnings.push(message) });
    sink.start?.(header);
    sink.write(step(0));
    rmSync(inner, { recursive: true });
    for (let i = 1; i < 4; i++) sink.write(step(i));
    await sink.close();
    const kinds = readFileSync(join(inner, 'run.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { kind: string }).kind);
    expect(kinds).toEqual(['run', 'step', 'step', 'step']);
    expect(warnings.length).toBe(1);
  });

  it('appends, and names wrong options', async () => {
    const file = join(folder, 'twice.jsonl');
    for (let round = 0; round < 2; round++) {
      const sink = jsonlSink(file);
      sink.start?.(header);
      sink.write(step(round));
      await sink.close();
    }
    expect(readFileSync(file, 'utf8').trim().split('\n').length).toBe(4);
    expect(() => jsonlSink('')).toThrow(/jsonlSink: expected `path`/);
    expect(() => jsonlSink('x', { flushEvery: -1 })).toThrow(/flushEvery/);
  });
});

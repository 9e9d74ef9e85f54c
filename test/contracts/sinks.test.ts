import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../src/alerts/alert.js';
import { certify } from '../../src/certificates/certify.js';
import { externalStep } from '../../src/cli/externalStep.js';
import { consoleSink } from '../../src/sinks/console.js';
import { jsonlSink } from '../../src/sinks/jsonl.js';
import { memorySink } from '../../src/sinks/memory.js';
import type { RunHeader, RunLine, Sink } from '../../src/sinks/sink.js';

const header: RunHeader = {
  kind: 'run',
  version: 1,
  run: 0,
  steepest: '0',
  tfjs: '4',
  backend: 'cpu',
  model: null,
  options: {},
  startedAt: '2026-01-01T00:00:00.000Z',
};
const record = (i: number) => ({
  ...externalStep({ y: [1, 2], g: [1, 1], lossBefore: 2, lossAfter: 1 }, i),
  epoch: i >> 2,
});
const alert: Alert = {
  kind: 'alert',
  version: 1,
  step: 3,
  level: 'warn',
  rule: 'r',
  title: 't',
  message: 'mind the step',
  evidence: {},
};
const lines: RunLine[] = Array.from({ length: 12 }, (_, i) => [record(i), certify(record(i))]).flat();
lines.splice(8, 0, alert);

interface Made {
  sink: Sink;
  /** All that arrived, as text. */
  arrived: () => string;
}

const sinks: Record<string, () => Made> = {
  memory: () => {
    const sink = memorySink();
    return { sink, arrived: () => JSON.stringify([sink.headers, sink.lines]) };
  },
  console: () => {
    const told: string[] = [];
    return { sink: consoleSink({ log: (line) => told.push(line) }), arrived: () => told.join('\n') };
  },
  jsonl: () => {
    const file = join(mkdtempSync(join(tmpdir(), 'steepest-contract-')), 'deep', 'run.jsonl');
    return { sink: jsonlSink(file), arrived: () => readFileSync(file, 'utf8') };
  },
};

describe.each(Object.keys(sinks))('the %s sink keeps the contract', (name) => {
  const make = sinks[name] as () => Made;

  it('has a name; takes lines in order, before and after a flush; closes twice without harm', async () => {
    const { sink, arrived } = make();
    expect(sink.name.length).toBeGreaterThan(0);
    sink.start?.(header);
    for (const line of lines.slice(0, 10)) sink.write(line);
    await sink.flush();
    for (const line of lines.slice(10)) sink.write(line);
    await sink.close();
    await sink.close();
    expect(arrived()).toContain('mind the step');
  });

  it('does not change what it is given', async () => {
    const { sink } = make();
    const before = JSON.stringify(lines);
    sink.start?.(header);
    for (const line of lines) sink.write(line);
    await sink.close();
    expect(JSON.stringify(lines)).toBe(before);
  });

  it('can be closed with nothing written', async () => {
    const { sink } = make();
    await expect(sink.close()).resolves.toBeUndefined();
  });
});

describe('each in its own way', () => {
  it('console: one line an epoch, alerts at once, no flood', async () => {
    const told: string[] = [];
    const sink = consoleSink({ log: (line) => told.push(line) });
    for (const line of lines) sink.write(line);
    await sink.close();
    expect(told.length).toBe(4);
    expect(told.filter((line) => line.startsWith('epoch'))).toHaveLength(3);
    expect(told.join('\n')).toMatch(/epoch 1 {2}loss 2\.000 {2}natural gradient 100\.0 % of 4 steps/);
    expect(() => consoleSink({ every: 0 })).toThrow(
      'consoleSink: expected option `every` to be an integer >= 1, got 0 (number)',
    );
  });

  it('memory: keeps the last lines and counts what it dropped', () => {
    const sink = memorySink({ limit: 5 });
    for (const line of lines) sink.write(line);
    expect(sink.lines).toEqual(lines.slice(-5));
    expect(sink.dropped).toBe(lines.length - 5);
  });

  it('jsonl: header first, then every line as JSON', async () => {
    const { sink, arrived } = (sinks['jsonl'] as () => Made)();
    sink.start?.(header);
    for (const line of lines) sink.write(line);
    await sink.close();
    expect(arrived().trim().split('\n')).toEqual([header, ...lines].map((line) => JSON.stringify(line)));
  });
});

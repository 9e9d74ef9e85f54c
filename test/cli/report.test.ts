import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { report } from '../../src/cli/report.js';
import { certificateOf, header, linesOf, uniform } from '../report/recordedRun.js';

const folder = mkdtempSync(join(tmpdir(), 'steepest-report-'));
const shares = { climbs: 0.1, rises: 0.2, exceeds: 0.2, variables: 3 };
const whole = [...linesOf(100, 5, shares, 40)].join('\n');
const output = join(folder, 'pages', 'report.html');

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const made = (): string => readFileSync(output, 'utf8');

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('steepest report', () => {
  let warned = '';

  beforeEach(() => {
    warned = '';
    vi.spyOn(console, 'log').mockImplementation(() => undefined);
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      warned += String(text);
      return true;
    });
    rmSync(output, { force: true });
  });

  it('makes a page, and the folder it goes to', async () => {
    expect(await report([file('run.jsonl', `${whole}\n`)], { output })).toBe(0);
    expect(made()).toMatch(/^<!doctype html>/u);
    expect(made()).toContain('of 100 steps were natural gradient descent');
    expect(warned).toBe('');
  });

  it('says what is wrong with a file of which no page can be made', async () => {
    const step = JSON.stringify({ kind: 'step', version: 1 });
    const cases: [string, RegExp][] = [
      [join(folder, 'nowhere.jsonl'), /nowhere\.jsonl: there is no such file/u],
      [folder, /expected a file, got the folder/u],
      [file('empty.jsonl', ''), /empty\.jsonl: expected a recorded run, got an empty file/u],
      [file('blank.jsonl', '\n\n'), /expected a recorded run.*it has no line of one/u],
      [file('text.txt', 'Dear diary,\n'), /no line of it can be read: line 1, not JSON/u],
      [file('foreign.jsonl', '{"epoch":1,"loss":2}\n'), /line 1, kind: expected that of a line.*got nothing/u],
      [file('list.jsonl', '[1,2]\n'), /line 1, expected an object, got a list of 2/u],
      [file('steps.jsonl', `${step}\n${step}\n`), /it has 2 steps but no certificate; `steepest certify` makes them/u],
      [
        file('strange.jsonl', '{"kind":"certificate","version":1,"step":-1}\n'),
        /line 1, step: expected an integer >= 0, got -1 \(number\)/u,
      ],
      [
        file('newer.jsonl', '{"kind":"certificate","version":2,"step":0}\n'),
        /version: expected version 1, the only one/u,
      ],
    ];
    for (const [path, message] of cases) await expect(report([path], { output })).rejects.toThrow(message);
    expect(existsSync(output)).toBe(false);
  });

  it('shows what can be read of a damaged file, and says on the page what can not', async () => {
    const [first = '', second = '', ...others] = whole.split('\n');
    const torn = [first, second, '{"kind":"certificate","step":"x"}', 'rubbish', ...others].join('\n').slice(0, -30);
    expect(await report([file('torn.jsonl', torn)], { output })).toBe(0);
    expect(made()).toContain('3 lines of the file could not be read and are not in this report; the first: line 3');
    expect(warned).toContain('3 lines of the file could not be read');
  });

  it('says on the page that there was no step, or no header', async () => {
    await report([file('header.jsonl', `${JSON.stringify(header())}\n`)], { output });
    expect(made()).toContain('No step was recorded in this run');
    await report([file('bare.jsonl', `${JSON.stringify(certificateOf(0, uniform(1), shares))}\n`)], { output });
    expect(made()).toContain('The file has no `run` line');
  });

  it('shows recordings that were appended to one file one after the other', async () => {
    await report([file('twice.jsonl', `${whole}\n${whole}\n`)], { output });
    expect(made()).toContain('of 200 steps');
    expect(made()).toContain('The file holds several recordings');
  });

  it('bears what is left out', async () => {
    const { metric, psiFloor, lossBefore, structure, learningRate, run, ...least } = certificateOf(
      0,
      uniform(1),
      shares,
    );
    expect([metric, psiFloor, lossBefore, structure, learningRate, run].every((each) => each !== undefined)).toBe(true);
    const { model, options, ...head } = header();
    expect([model, options].every((each) => each !== undefined)).toBe(true);
    await report([file('least.jsonl', [head, least].map((line) => JSON.stringify(line)).join('\n'))], { output });
    expect(made()).toContain('No finite loss was recorded');
    expect(made()).not.toMatch(/undefined|NaN/u);
  });

  it('passes over kinds of lines that a later release may add', async () => {
    await report([file('later.jsonl', `${whole}\n{"kind":"weather","rain":true}\n`)], { output });
    expect(warned).toBe('');
  });

  it('compares two runs, of the same name too, and no more than two', async () => {
    mkdirSync(join(folder, 'a'));
    mkdirSync(join(folder, 'b'));
    const two = [file('a/run.jsonl', whole), file('b/run.jsonl', whole)];
    await report(two, { output });
    for (const path of two) expect(made()).toContain(path);
    await expect(report([...two, ...two], { output })).rejects.toThrow(
      /one recorded run, or two to compare, got 4 files/u,
    );
  });

  it('never writes over the run, and says what can not be written', async () => {
    const run = file('precious.jsonl', whole);
    await expect(report([run], { output: run })).rejects.toThrow(
      /expected `--output` to be another file than the run/u,
    );
    expect(readFileSync(run, 'utf8')).toBe(whole);
    await expect(report([run], { output: join(run, 'page.html') })).rejects.toThrow(/page\.html can't be written: /u);
    await expect(report([run], { output: folder })).rejects.toThrow(/can't be written: EISDIR/u);
  });

  it('writes pictures that stand alone, as XML and as PNG', async () => {
    const name = '"&<\u0000\u00a0>';
    const wild = whole.replaceAll('layer0', name.replaceAll('"', '\\"').replaceAll('\u0000', '\\u0000'));
    const [svg, png] = [join(folder, 'svg'), join(folder, 'png')];
    await report([file('wild.jsonl', wild)], { output, svg, png });
    expect(readdirSync(svg).length).toBe(14);
    for (const each of readdirSync(svg)) {
      const text = readFileSync(join(svg, each), 'utf8');
      expect(text).toMatch(/^<svg .*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/u);
      // No entity but XML's own, and no bare ampersand.
      expect(text.match(/&(?!(?:amp|lt|gt|quot|#\d+);)/u)).toBeNull();
    }
    // The renderer reads XML strictly: what is not well formed has no PNG.
    expect(readdirSync(png).length).toBe(14);
    for (const each of readdirSync(png)) {
      const bytes = readFileSync(join(png, each));
      expect(bytes.subarray(1, 4).toString()).toBe('PNG');
      expect(bytes.readUInt32BE(16)).toBe(1720);
    }
  });
});

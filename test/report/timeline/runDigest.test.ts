import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RunDigest } from '../../../src/report/timeline/runDigest.js';
import { alertOf, certificateOf, header, uniform, windowOf } from '../recordedRun.js';

const shares = { climbs: 0.05, rises: 0.1, exceeds: 0.2, variables: 3 };
const seeds = fc.integer({ min: 1, max: 2 ** 31 - 1 });

describe('the digest of a run', () => {
  it('keeps every failed step and every alert in its place, however many steps there are', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 3000 }), (seed, length) => {
        const random = uniform(seed);
        const digest = new RunDigest('run');
        const failed = { alignment: [] as number[], effective: [] as number[], stepSize: [] as number[] };
        const alerts: number[] = [];
        for (let step = 0; step < length; step++) {
          const certificate = certificateOf(step, random, shares);
          digest.certificate(certificate);
          for (const name of ['alignment', 'effective', 'stepSize'] as const)
            if (certificate[name].state === 'fails') failed[name].push(step);
          if (random() < 0.02) {
            digest.alert(alertOf(step));
            alerts.push(step);
          }
        }
        for (const name of ['alignment', 'effective', 'stepSize'] as const) {
          expect(digest.failures[name].count).toBe(failed[name].length);
          const bins = digest.time();
          // In the picture: every failed step lies in a bin that says so, and no bin says so without one.
          for (const { from, to, content } of bins) {
            const own = failed[name].filter((step) => step >= from && step <= to).length;
            expect(content.counts.get(`${name}/fails`) ?? 0).toBe(own);
          }
          expect(bins.reduce((sum, { content }) => sum + (content.counts.get(`${name}/fails`) ?? 0), 0)).toBe(
            failed[name].length,
          );
        }
        expect(digest.rules.reduce((sum, { steps }) => sum + steps.count, 0)).toBe(alerts.length);
        for (const { from, to, content } of digest.time())
          expect(content.counts.get('alert/overshoot') ?? 0).toBe(
            alerts.filter((step) => step >= from && step <= to).length,
          );
      }),
      { numRuns: 20 },
    );
  });

  it('keeps the extremes of every quantity', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = uniform(seed);
        const digest = new RunDigest('run');
        const all = Array.from({ length: 2000 }, (_, step) => certificateOf(step, random, shares));
        for (const certificate of all) digest.certificate(certificate);
        const extremes = (name: string): [number, number] => {
          const extents = digest.time().flatMap(({ content }) => content.extents.get(name) ?? []);
          return [Math.min(...extents.map(({ min }) => min)), Math.max(...extents.map(({ max }) => max))];
        };
        const own = (values: readonly (number | null | undefined)[]): [number, number] => {
          const found = values.filter((value) => typeof value === 'number');
          return [Math.min(...found), Math.max(...found)];
        };
        expect(extremes('loss')).toEqual(own(all.map(({ lossBefore }) => lossBefore)));
        expect(extremes('psi')).toEqual(own(all.map(({ metric }) => metric?.psi)));
        expect(extremes('conditionNumber')).toEqual(own(all.map(({ metric }) => metric?.conditionNumber)));
        expect(extremes('etaMaxSupremum')).toEqual(own(all.map(({ stepSize }) => stepSize.etaMaxSupremum)));
        const layer = digest.layers().flatMap(({ content }) => content.extents.get('layer0/bias') ?? []);
        expect(Math.max(...layer.map(({ max }) => max))).toBe(
          Math.max(...all.map(({ variables }) => variables[1]?.psi ?? 0)),
        );
      }),
      { numRuns: 5 },
    );
  });

  it('puts recordings that were appended one after the other, with their alerts and windows', () => {
    const digest = new RunDigest('run');
    for (let recording = 0; recording < 2; recording++) {
      digest.header(header());
      for (let step = 0; step < 30; step++) digest.certificate(certificateOf(step, uniform(recording + 1), shares));
      digest.window(windowOf(10, 29));
      digest.alert(alertOf(20));
    }
    expect([digest.steps, digest.first, digest.last, digest.restarted, digest.runs]).toEqual([60, 0, 59, true, 2]);
    expect(digest.alerts.map(({ at }) => at)).toEqual([20, 50]);
    expect(digest.begins).toEqual([30]);
    const windows = digest.time().filter(({ content }) => content.counts.has('window/alignment/holds'));
    expect(windows.map(({ from }) => from)).toEqual([29, 59]);
  });

  it('has room for any number of rules and alerts', () => {
    const digest = new RunDigest('run');
    for (let step = 0; step < 5000; step++) {
      digest.certificate(certificateOf(step, uniform(1), { ...shares, variables: 0 }));
      digest.alert(alertOf(step, { rule: `rule ${String(step)}` }));
    }
    expect(digest.rules.length).toBeLessThanOrEqual(101);
    expect(digest.rules.reduce((sum, { steps }) => sum + steps.count, 0)).toBe(5000);
    expect(digest.alerts.length).toBeLessThan(1000);
  });
});

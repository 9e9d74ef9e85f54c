import { describe, expect, it } from 'vitest';
import type { Certificate } from '../../src/certificates/certificate.js';
import { certify } from '../../src/certificates/certify.js';
import type { StepRecord } from '../../src/certificates/stepRecord.js';
import { externalStep } from '../../src/cli/externalStep.js';
import { figureSvg } from '../../src/report/figure.js';
import { galleryFigure } from '../../src/report/figures/gallery.js';
import { loadPlotting } from '../../src/report/plotting.js';
import { type GalleryRow, galleryRow } from '../../src/report/galleryRow.js';
import { galleryTable } from '../../src/report/galleryTable.js';

/** Steps of two layers whose loss takes the given values in turn. */
function run(losses: readonly number[]): { records: StepRecord[]; certificates: Certificate[] } {
  const records = losses.slice(0, -1).map((lossBefore, k) => ({
    ...externalStep(
      {
        y: [1, 0.5, -1, 2],
        // Every third step the second layer climbs, not so far that the whole does.
        g: k % 3 === 0 ? [3, 1, 1, 0.1] : [1, 1, -1, 1],
        eta: 0.1,
        lossBefore,
        lossAfter: losses[k + 1],
        variables: [
          { name: 'a/kernel', size: 1 },
          { name: 'a/bias', size: 1 },
          { name: 'b/kernel', size: 2 },
        ],
      },
      k,
    ),
    source: 'observe' as const,
  }));
  return { records, certificates: records.map((record) => certify(record)) };
}

const rowOf = (losses: readonly number[], name = 'a rule', learning = true): GalleryRow => {
  const { records, certificates } = run(losses);
  return galleryRow({ name, learning }, records, certificates);
};

describe('a row of the gallery', () => {
  it('counts verdicts, rungs and layers', () => {
    const row = rowOf([5, 4, 4.5, 3, 3.5, 2, 2.5]);
    expect(row).toMatchObject({
      rule: 'a rule',
      learning: true,
      steps: 6,
      verdicts: { 'natural-gradient': 3, overshoot: 3, 'not-natural-gradient': 0, unresolved: 0 },
      structure: { diagonal: 4, dense: 2 },
      lossBefore: 5,
      lossAfter: 2.5,
      aligned: 6,
      layers: [
        { name: 'a', aligned: 1 },
        { name: 'b', aligned: 4 / 6 },
      ],
      learningRate: 0.1,
    });
    expect(row.meanDecrease?.value).toBeCloseTo(2.5 / 6, 12);
    expect(JSON.stringify(row)).not.toMatch(/NaN|Infinity/);
  });

  it('finds the smallest T over which the loss fell from every step on', () => {
    const wave = (period: number) => Array.from({ length: 60 }, (_, k) => 100 - k + 2 * (k % period));
    expect(rowOf(wave(1)).window).toBe(1);
    expect(rowOf(wave(4)).window).toBe(4);
    expect(rowOf(Array.from({ length: 60 }, (_, k) => k)).window).toBeNull();
    expect(rowOf([2, 1]).window).toBeNull();
  });

  it("has Wilson's interval and the mean decrease's", () => {
    const row = rowOf(Array.from({ length: 11 }, (_, k) => 10 - k));
    // Of 10 hits in 10 trials: 1 / (1 + z²/10) … 1.
    expect(row.alignedInterval[0]).toBeCloseTo(0.7225, 4);
    expect(row.alignedInterval[1]).toBeCloseTo(1, 12);
    expect(row.meanDecrease).toEqual({ value: 1, interval: [1, 1] });
    expect(galleryRow({ name: 'none', learning: true }, [], [])).toMatchObject({
      steps: 0,
      window: null,
      lossBefore: null,
      lossAfter: null,
      alignedInterval: [0, 1],
      meanDecrease: null,
    });
  });
});

describe('the table', () => {
  it('has a line for every rule, those that do not learn below, and is no wider than 140 columns', () => {
    const rows = [rowOf([3, 2, 2.5, 1], 'learns'), rowOf([1, 2, 3], 'walks', false)];
    const lines = galleryTable(rows).split('\n');
    expect(lines[0]).toMatch(/^rule +natural +discrete +overshoot +not +open +ψ +κ +simplest metric +T +loss +layers$/);
    expect(lines[1]).toMatch(/^learns +67 +· +33 +· +· /);
    expect(lines[3]).toMatch(/^walks/);
    expect(lines.join('\n')).toMatch(/walks: aligned at 100 % of its steps .* not effective on average/);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(141);
    expect(lines.join('\n')).not.toMatch(/NaN|undefined/);
  });
});

describe('the picture', () => {
  it('is one SVG document that names every rule and verdict', async () => {
    const figure = galleryFigure([rowOf([3, 2, 1], 'learns & more'), rowOf([1, 2, 3], 'walks', false)]);
    const svg = figureSvg(figure, await loadPlotting(), { standalone: true });
    expect(svg).toMatch(/^<svg /);
    expect(svg).toMatch(/xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(svg.match(/xmlns="/g)).toHaveLength(1);
    for (const text of ['learns &amp; more', 'walks', 'natural-gradient', 'overshoot']) expect(svg).toContain(text);
    expect(svg).not.toMatch(/NaN|undefined/);
  });
});

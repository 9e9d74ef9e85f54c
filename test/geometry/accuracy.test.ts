import fc from 'fast-check';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { angle } from '../../src/geometry/angle.js';
import { metric } from '../../src/geometry/metric.js';
import { spectrum } from '../../src/geometry/spectrum.js';
import { gram } from '../../src/linalg/gram.js';
import { exactAngle } from '../oracles/exactGram.js';

const entry = fc.double({ min: -1, max: 1, noNaN: true }).filter((value) => Math.abs(value) > 1e-3);
const pair = fc
  .integer({ min: 2, max: 12 })
  .chain((size) =>
    fc.tuple(
      fc.array(entry, { minLength: size, maxLength: size }),
      fc.array(entry, { minLength: size, maxLength: size }),
    ),
  );
const relative = (got: number, wanted: number): number => Math.abs(got - wanted) / Math.abs(wanted);
const norm = (v: readonly number[]): number => Math.hypot(...v);

/** `g` at the angle `atan(tilt)` from `y`, or from the hyperplane across it. */
function tilted(y: readonly number[], t: readonly number[], tilt: number, parallel: boolean): number[] {
  const along = y.reduce((sum, yi, i) => sum + yi * (t[i] as number), 0) / norm(y) ** 2;
  const across = t.map((ti, i) => ti - along * (y[i] as number));
  const size = norm(across) / norm(y);
  return y.map((yi, i) =>
    parallel ? yi + (tilt / size) * (across[i] as number) : (across[i] as number) / size + tilt * yi,
  );
}

describe('accuracy', () => {
  it('ψ, its sine and its cosine are good to 1e-12 from 1e-8 to 90° − 1e-8, at every magnitude', () => {
    const magnitude = fc.integer({ min: -298, max: 298 });
    const small = fc.double({ min: -8, max: 0, noNaN: true }).map((exponent) => 10 ** exponent);
    fc.assert(
      fc.property(pair, small, fc.boolean(), magnitude, magnitude, ([y0, t], tilt, parallel, my, mg) => {
        fc.pre(norm(tilted(y0, t, tilt, parallel)) > 1e-3);
        const g = tilted(y0, t, tilt, parallel).map((gi) => gi * 10 ** mg);
        const y = y0.map((yi) => yi * 10 ** my);
        const wanted = exactAngle(y, g);
        fc.pre(wanted.sine > 0.9e-8 && wanted.cosine > 0.9e-8);
        const got = angle(gram(y, g));
        fc.pre(Math.abs(my - mg) < 300);
        if (got === null) throw new Error('expected an angle');
        expect(relative(got.sine, wanted.sine)).toBeLessThan(1e-12);
        expect(relative(got.cosine, wanted.cosine)).toBeLessThan(1e-12);
        expect(relative(got.psi, Math.atan2(wanted.sine, wanted.cosine))).toBeLessThan(1e-12);
        const kappa = ((1 + wanted.sine) / wanted.cosine) ** 2;
        expect(relative(spectrum(gram(y, g))?.conditionNumber ?? Number.NaN, kappa)).toBeLessThan(4e-12);
      }),
      { numRuns: 400 },
    );
  });

  it('extreme magnitudes give numbers or null, never NaN', () => {
    for (const [y, g] of [
      [
        [1e300, 1e300],
        [1e300, 0],
      ],
      [
        [1e-300, 1e-300],
        [1e-300, 0],
      ],
      [
        [1e300, 1e300],
        [1e-300, 0],
      ],
      [
        [0, 0],
        [1, 0],
      ],
      [
        [1, 0],
        [0, 0],
      ],
      [
        [5e-324, 0],
        [5e-324, 0],
      ],
    ] as const) {
      const numbers = [gram(y, g), angle(gram(y, g)), spectrum(gram(y, g))].flatMap(
        (each) => Object.values(each ?? {}) as number[],
      );
      expect(numbers.filter((value) => Number.isNaN(value))).toEqual([]);
    }
    expect(angle(gram([1e300, 1e300], [1e300, 0]))?.psi).toBeCloseTo(Math.PI / 4, 12);
    expect(angle(gram([1e-300, 1e-300], [1e-300, 0]))?.psi).toBeCloseTo(Math.PI / 4, 12);
  });
});

describe('the metric as an operator', () => {
  const aligned = pair.filter(
    ([y, g]) => y.reduce((sum, yi, i) => sum + yi * (g[i] as number), 0) > 0.05 * norm(y) * norm(g),
  );
  const factor = fc.double({ min: 0.1, max: 10, noNaN: true });

  it('maps g to y, is symmetric, is inverted by solve, and has the spectrum of its matrix', () => {
    fc.assert(
      fc.property(aligned, factor, ([y, g], beta) => {
        const best = spectrum(gram(y, g))?.alpha ?? Number.NaN;
        const m = metric(y, g, beta * best);
        if (m === null) throw new Error('expected a metric');
        m.apply(g).forEach((value, i) => {
          expect(Math.abs(value - (y[i] as number))).toBeLessThan(1e-10 * norm(y) * m.spectrum.conditionNumber ** 0.5);
        });
        m.solve(m.apply(y)).forEach((value, i) => {
          expect(Math.abs(value - (y[i] as number))).toBeLessThan(1e-10 * m.spectrum.conditionNumber);
        });
        const dense = new Matrix(m.dense().map((row) => [...row]));
        expect(Matrix.sub(dense, dense.transpose()).norm()).toBeLessThan(1e-10 * dense.norm());
        const eigenvalues = new EigenvalueDecomposition(dense, { assumeSymmetric: true }).realEigenvalues.sort(
          (a, b) => a - b,
        );
        const largest = m.spectrum.eigenvalueMax;
        expect(Math.abs((eigenvalues[0] as number) - m.spectrum.eigenvalueMin)).toBeLessThan(1e-11 * largest);
        expect(relative(eigenvalues.at(-1) as number, largest)).toBeLessThan(1e-11);
        expect(m.spectrum.eigenvalueMin).toBeLessThanOrEqual(m.spectrum.eigenvalueMinSupremum * (1 + 1e-12));
        expect(m.spectrum.eigenvalueMax).toBeGreaterThanOrEqual(m.spectrum.eigenvalueMaxInfimum * (1 - 1e-12));
      }),
      { numRuns: 200 },
    );
  });

  it('one dimension: the number a; none where y·g ≤ 0; misuse is named', () => {
    expect(metric([6], [2])?.spectrum).toMatchObject({ eigenvalueMin: 3, eigenvalueMax: 3, conditionNumber: 1 });
    expect(metric([1, 0], [-1, 0])).toBeNull();
    expect(metric([1, 0], [0, 1])).toBeNull();
    expect(() => metric([1, 0], [1])).toThrow(/same length, got 2 and 1/);
    expect(() => metric([1], [1], -1)).toThrow(/alpha/);
  });
});

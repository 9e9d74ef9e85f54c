import * as fc from 'fast-check';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { shiftedSpectrum } from '../../src/geometry/averageMetric.js';
import { metric } from '../../src/geometry/metric.js';
import { dot } from '../../src/linalg/dot.js';
import { symmetricEigenvalues } from '../../src/linalg/symmetricEigenvalues.js';

const eigenvaluesOf = (matrix: Matrix): number[] =>
  new EigenvalueDecomposition(matrix, { assumeSymmetric: true }).realEigenvalues.sort((a, b) => a - b);

const entry = fc.double({ min: -3, max: 3, noNaN: true }).filter((x) => Math.abs(x) > 1e-3);
const triple = fc.integer({ min: 1, max: 7 }).chain((size) => {
  const vector = fc.array(entry, { minLength: size, maxLength: size });
  return fc.tuple(vector, vector, vector);
});

/** `M + (η/2) S`, literally. */
function dense(meanY: number[], meanG: number[], y: number[]): Matrix {
  const square = dot(meanG, meanG);
  const w = y.map((value, i) => value - meanY[i]!);
  const rows = metric(meanY, meanG)!.dense();
  return new Matrix(
    rows.map((row, i) =>
      Array.from(row, (value, j) => {
        const symmetric = (w[i]! * meanG[j]! + meanG[i]! * w[j]!) / square;
        return value + symmetric - (dot(w, meanG) * meanG[i]! * meanG[j]!) / square ** 2;
      }),
    ),
  );
}

describe('shiftedSpectrum', () => {
  it('is the spectrum of the dense matrix, which maps the mean update to y', () => {
    fc.assert(
      fc.property(triple, ([meanY, meanG, y]) => {
        fc.pre(dot(meanY, meanG) > 1e-2);
        const found = shiftedSpectrum(meanY, meanG, y)!;
        const all = [...found.eigenvalues, ...Array.from({ length: found.multiplicity }, () => found.alpha)];
        const matrix = dense(meanY, meanG, y);
        const wanted = eigenvaluesOf(matrix);
        const size = Math.max(...wanted.map(Math.abs));
        expect(all.length).toBe(meanY.length);
        all
          .sort((a, b) => a - b)
          .forEach((value, i) => {
            expect(Math.abs(value - wanted[i]!)).toBeLessThan(1e-10 * size);
          });
        expect(found.smallest).toBe(all[0]);
        matrix
          .mmul(Matrix.columnVector(meanG))
          .to1DArray()
          .forEach((value, i) => {
            expect(Math.abs(value - y[i]!)).toBeLessThan(1e-9 * size);
          });
      }),
      { numRuns: 300 },
    );
  });

  it('does not exist where the means are not aligned', () => {
    expect(shiftedSpectrum([1, 0], [-1, 0], [1, 1])).toBeNull();
    expect(shiftedSpectrum([1, 0], [0, 1], [1, 1])).toBeNull();
    expect(shiftedSpectrum([0, 0], [0, 1], [1, 1])).toBeNull();
  });
});

describe('symmetricEigenvalues', () => {
  it('are those of a library', () => {
    const rows = fc.integer({ min: 1, max: 4 }).chain((size) => {
      // The library's own throws where an entry is next to nothing.
      const number = fc.double({ min: -5, max: 5, noNaN: true }).map((x) => (Math.abs(x) < 1e-100 ? 0 : x));
      const row = fc.array(number, { minLength: size, maxLength: size });
      return fc.array(row, { minLength: size, maxLength: size });
    });
    fc.assert(
      fc.property(rows, (given) => {
        const matrix = given.map((row, i) => row.map((value, j) => value + given[j]![i]!));
        const wanted = eigenvaluesOf(new Matrix(matrix));
        symmetricEigenvalues(matrix).forEach((value, i) => {
          expect(Math.abs(value - wanted[i]!)).toBeLessThan(1e-13 * (1 + Math.max(...wanted.map(Math.abs))));
        });
      }),
    );
  });

  it('keep the digits of a small eigenvalue', () => {
    // det = 1e20 · 1e-20 · (1 − 1/4)
    const [small = 0, large = 0] = symmetricEigenvalues([
      [1e20, 0.5],
      [0.5, 1e-20],
    ]);
    expect(small / 0.75e-20).toBeCloseTo(1, 12);
    expect(large / 1e20).toBeCloseTo(1, 12);
  });
});

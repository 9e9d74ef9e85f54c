import { EigenvalueDecomposition, Matrix, QrDecomposition } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { lanczos, type LanczosOptions, type OperatorAnswer } from '../../src/linalg/lanczos.js';
import { randomUnitVector } from '../../src/linalg/randomUnitVector.js';
import { anySeed } from '../oracles/seed.js';

/** A symmetric matrix with these eigenvalues, turned at random. */
function withSpectrum(eigenvalues: readonly number[], seed: number): Matrix {
  const size = eigenvalues.length;
  const columns = eigenvalues.map((_, i) => [...randomUnitVector(size, seed + 7919 * i)]);
  const q = new QrDecomposition(new Matrix(columns).transpose()).orthogonalMatrix;
  return q.mmul(Matrix.diag([...eigenvalues])).mmul(q.transpose());
}

const times = (matrix: Matrix, v: Float64Array): Float64Array =>
  Float64Array.from(matrix.mmul(Matrix.columnVector([...v])).to1DArray());

/** Runs the search on `answer`; counts the products. */
function search(
  dimension: number,
  answer: (v: Float64Array, call: number) => OperatorAnswer,
  options: Partial<LanczosOptions> = {},
) {
  const steps = lanczos(dimension, { products: 32, delta: 0.01, seed: 1, ...options });
  let calls = 0;
  let state = steps.next();
  while (!state.done) state = steps.next(answer(state.value, calls++));
  return { ...state.value, calls };
}

const exactly =
  (matrix: Matrix) =>
  (v: Float64Array): OperatorAnswer => ({ product: times(matrix, v), error: 0, reason: '' });

const spectrumOf = (matrix: Matrix): number[] =>
  new EigenvalueDecomposition(matrix, { assumeSymmetric: true }).realEigenvalues.sort((a, b) => a - b);

describe('lanczos', () => {
  it.each(['basis', 'two-pass'] as const)('finds both ends to rounding once the space is exhausted: %s', (keep) => {
    for (const size of [1, 2, 3, 10, 40]) {
      const seed = anySeed();
      const matrix = withSpectrum(
        Array.from({ length: size }, (_, i) => Math.sin(seed + i) * 10 ** (i % 3)),
        seed,
      );
      const truth = spectrumOf(matrix);
      const { estimate } = search(size, exactly(matrix), { products: 2 * size, seed, keep });
      const tolerance = 1e-11 * Math.max(...truth.map(Math.abs));
      expect(Math.abs((estimate?.smallest as number) - (truth[0] as number)), `seed ${seed}`).toBeLessThan(tolerance);
      expect(Math.abs((estimate?.largest as number) - (truth.at(-1) as number))).toBeLessThan(tolerance);
      expect(estimate?.products).toBe(size);
      expect(estimate?.lowerBound).toBeLessThanOrEqual((truth[0] as number) + tolerance);
    }
  });

  it('gives the residual and the Ritz vector that the matrix itself confirms, in one pass and in two', () => {
    const seed = anySeed();
    const matrix = withSpectrum(
      Array.from({ length: 60 }, (_, i) => (i - 5) ** 3 / 1000),
      seed,
    );
    const one = search(60, exactly(matrix), { products: 14, seed, vector: true });
    const two = search(60, exactly(matrix), { products: 14, seed, vector: true, keep: 'two-pass' });
    for (const { estimate, vector } of [one, two]) {
      const rest = times(matrix, vector as Float64Array).map(
        (value, i) => value - (estimate?.smallest as number) * (vector?.[i] as number),
      );
      expect(Math.hypot(...rest)).toBeCloseTo(estimate?.residual as number, 7);
    }
    expect(two.estimate?.smallest).toBeCloseTo(one.estimate?.smallest as number, 8);
    expect([one.calls, two.calls]).toEqual([14, 27]);
  });

  it('keeps its basis orthogonal where three-term recurrence loses it', () => {
    const matrix = Matrix.diag(Array.from({ length: 80 }, (_, i) => (i < 2 ? -1000 - i : i / 80)));
    const asked: Float64Array[] = [];
    search(
      80,
      (v) => {
        asked.push(v.slice());
        return exactly(matrix)(v);
      },
      { products: 60, seed: anySeed() },
    );
    const basis = new Matrix(asked.map((v) => [...v]));
    const gram = basis.mmul(basis.transpose()).sub(Matrix.eye(asked.length));
    expect(Math.max(...gram.to1DArray().map(Math.abs))).toBeLessThan(1e-12);
  });

  it('bounds the smallest eigenvalue from below in at least 1 − δ of a thousand starts, stopped early or not', () => {
    const size = 50;
    // An end that sticks out a little is the hardest to see.
    const eigenvalues = Array.from({ length: size }, (_, i) => (i === 0 ? -1.5 : Math.cos((Math.PI * i) / size)));
    const matrix = Matrix.diag(eigenvalues);
    const from = anySeed();
    const delta = 0.25;
    for (const until of [
      undefined,
      ({ lowerBound }: { lowerBound: number | null }) => (lowerBound !== null && lowerBound > -2 ? 'enough' : null),
    ]) {
      let misses = 0;
      for (let i = 0; i < 1000; i++) {
        const { estimate } = search(size, exactly(matrix), {
          products: 6,
          delta,
          seed: from + i,
          ...(until ? { until } : {}),
        });
        expect(estimate?.lowerBound).not.toBeNull();
        if ((estimate?.lowerBound as number) > -1.5) misses++;
      }
      expect(misses).toBeLessThan(1000 * delta);
    }
  });

  it('takes the error of the products off the bound', () => {
    const matrix = Matrix.diag([-2, 1, 3]);
    const bounds = [0, 0.1].map(
      (error) => search(3, (v) => ({ ...exactly(matrix)(v), error }), { seed: 5 }).estimate?.lowerBound as number,
    );
    // Never less than the error, and more where what is left over is lost in it.
    expect((bounds[0] as number) - (bounds[1] as number)).toBeGreaterThan(0.1 - 1e-12);
    expect(bounds[1]).toBeLessThan(-2);
  });

  it('stops as soon as it is told to, and says why', () => {
    const matrix = withSpectrum([-3, 1, 2, 3, 4, 5, 6, 7], 3);
    const { calls, reason } = search(8, exactly(matrix), {
      until: ({ smallest }) => (smallest < 0 ? 'negative curvature was found' : null),
    });
    expect(reason).toBe('negative curvature was found');
    expect(calls).toBeLessThan(8);
  });

  it('starts warm from a Ritz vector, with no lower bound any more', () => {
    const matrix = withSpectrum(
      Array.from({ length: 30 }, (_, i) => i - 3),
      11,
    );
    const cold = search(30, exactly(matrix), { products: 12, vector: true });
    const warm = search(30, exactly(matrix), { products: 3, start: cold.vector as Float64Array });
    expect(warm.estimate?.smallest).toBeLessThanOrEqual((cold.estimate?.smallest as number) + 1e-9);
    expect(warm.estimate?.lowerBound).toBeNull();
  });

  it('names what it cannot go on with', () => {
    const zero = search(4, (v) => ({ product: v.map(() => 0), error: 0, reason: '' }));
    expect(zero.estimate).toMatchObject({ smallest: 0, largest: 0, products: 1, lowerBound: 0 });
    expect(zero.reason).toMatch(/exhausted/);
    const nan = search(4, (v) => ({ product: v.map(() => Number.NaN), error: 0, reason: '' }));
    expect([nan.estimate, nan.reason]).toEqual([null, 'a product is not finite']);
    const none = search(4, () => ({ product: null, error: null, reason: 'no such kernel' }));
    expect([none.estimate, none.reason]).toEqual([null, 'no such kernel']);
    const late = search(4, (v, call) =>
      call < 2 ? exactly(Matrix.diag([1, 2, 3, 4]))(v) : { product: null, error: null, reason: 'the memory is full' },
    );
    expect([late.estimate?.products, late.reason]).toEqual([2, 'the memory is full']);
    expect(search(3, exactly(Matrix.eye(3)), { start: new Float64Array(3) }).reason).toMatch(/no direction/);
  });
});

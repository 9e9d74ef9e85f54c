import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describeValue } from '../describeValue.js';
import { dot } from '../linalg/dot.js';
import { expectVectors } from '../linalg/expectVectors.js';
import { norm } from '../linalg/norm.js';

/** How far some steps are from having one metric in common. */
export interface ConstantMetric {
  /** `‖S − Sᵀ‖/‖S + Sᵀ‖` of `S = GᵀY`: 0 where one symmetric `M` maps every update to its negative gradient, about 1 for a rotation. */
  readonly asymmetry: number;
  /** Smallest eigenvalue of the symmetric part of `S`; with columns of length 1. `> 0` is the other half of the test. */
  readonly smallest: number;
  /** Smallest eigenvalue of `GᵀG` with columns of length 1, in [0, 1]: near 0 the updates are not independent. */
  readonly independence: number;
  /** `holds`: one SPD metric explains all of the steps, to `tolerance`. */
  readonly state: 'holds' | 'fails' | 'unresolved';
  readonly reason: string;
}

/** Below this, updates count as dependent: whether `S` alone decides is not known then. */
const dependent = 1e-10;

/**
 * `S = GᵀY`: row i, column j holds `gᵢ·yⱼ`. O(k² D).
 *
 * @throws TypeError, RangeError where these are no lists of vectors, all of the same length
 */
export function crossGram(y: readonly ArrayLike<number>[], g: readonly ArrayLike<number>[]): number[][] {
  expectLists('crossGram', y, g);
  return products(y, g);
}

const products = (y: Vectors, g: Vectors): number[][] => g.map((gi) => y.map((yj) => dot(gi, yj)));

type Vectors = readonly ArrayLike<number>[];

/** The vectors of a list by their names. */
function named(who: string, name: string, list: Vectors): Record<string, ArrayLike<number>> {
  const given: unknown = list;
  if (!Array.isArray(given))
    throw new TypeError(`${who}: expected \`${name}\` to be a list of vectors, got ${describeValue(given)}`);
  // Not `list.map`, which passes over holes.
  return Object.fromEntries(Array.from(list, (vector, i) => [`${name}[${String(i)}]`, vector]));
}

const expectLists = (who: string, y: Vectors, g: Vectors): void => {
  expectVectors(who, { ...named(who, 'y', y), ...named(who, 'g', g) });
};

/**
 * `‖S − Sᵀ‖/‖S + Sᵀ‖`, Frobenius norms; 0 for the zero matrix. O(k²).
 *
 * @throws TypeError, RangeError where this is no list of rows, as many as each holds numbers
 */
export function asymmetry(cross: readonly (readonly number[])[]): number {
  expectVectors('asymmetry', named('asymmetry', 'cross', cross), cross.length);
  const matrix = new Matrix(cross.map((row) => [...row]));
  const turned = matrix.transpose();
  const sum = Matrix.add(matrix, turned).norm();
  const difference = Matrix.sub(matrix, turned).norm();
  return difference === 0 ? 0 : difference / sum;
}

/** Smallest eigenvalue of the symmetric part. O(k³). */
export function symmetricPartMin(cross: readonly (readonly number[])[]): number {
  const matrix = new Matrix(cross.map((row) => [...row]));
  const symmetric = Matrix.add(matrix, matrix.transpose()).mul(0.5);
  return Math.min(...new EigenvalueDecomposition(symmetric, { assumeSymmetric: true }).realEigenvalues);
}

/**
 * Is there one SPD metric `M` with `M gᵢ = yᵢ` for all of `k` steps? Iff `GᵀY` is symmetric and positive definite, `G` of full column
 * rank (THEORY, section 5). Each pair is divided by `‖gᵢ‖`, so that one long step does not hide the others. O(k² D + k³).
 *
 * @param y negative gradients, `g` updates, one vector a step, all of the same length
 * @param tolerance an asymmetry up to this counts as rounding. @default 1e-6
 * @throws TypeError, RangeError where there are none, more of the one than of the other, or two of other lengths
 */
export function constantMetric(
  y: readonly ArrayLike<number>[],
  g: readonly ArrayLike<number>[],
  tolerance = 1e-6,
): ConstantMetric {
  expectLists('constantMetric', y, g);
  if (y.length === 0 || y.length !== g.length)
    throw new RangeError(
      `constantMetric: expected \`y\` and \`g\` to hold as many vectors, at least one, got ${y.length} and ${g.length}`,
    );
  if (!(tolerance >= 0))
    throw new RangeError(`constantMetric: expected \`tolerance\` to be a number >= 0, got ${describeValue(tolerance)}`);
  const lengths = g.map(norm);
  const nothing = { asymmetry: 0, smallest: 0, independence: 0, state: 'unresolved' } as const;
  if (!lengths.every((length) => length > 0 && Number.isFinite(length)))
    return { ...nothing, reason: 'an update is zero or not finite' };
  const scaled = (cross: number[][]): number[][] =>
    cross.map((row, i) => row.map((value, j) => value / (lengths[i] as number) / (lengths[j] as number)));
  const cross = scaled(products(y, g));
  if (!cross.flat().every(Number.isFinite)) return { ...nothing, reason: 'a gradient is not finite' };
  const numbers = {
    asymmetry: asymmetry(cross),
    smallest: symmetricPartMin(cross),
    independence: Math.max(0, symmetricPartMin(scaled(products(g, g)))),
  };
  // What asymmetry is rounding moves eigenvalues by as much.
  const blur = tolerance * Math.max(...cross.flat().map(Math.abs));
  if (!Number.isFinite(numbers.asymmetry) || numbers.asymmetry > tolerance)
    return {
      ...finiteOf(numbers),
      state: 'fails',
      reason: 'no symmetric matrix maps every update to its negative gradient',
    };
  if (numbers.smallest < -blur)
    return { ...numbers, state: 'fails', reason: 'the symmetric matrix that does is not positive definite' };
  if (numbers.independence < dependent)
    return { ...numbers, state: 'unresolved', reason: 'the updates are not independent of each other' };
  if (numbers.smallest <= blur)
    return { ...numbers, state: 'unresolved', reason: 'positive definite only to within rounding' };
  return { ...numbers, state: 'holds', reason: 'one metric explains all of these steps, to within rounding' };
}

/** An asymmetry without a symmetric part beside it is as large as it gets. */
const finiteOf = <T extends { asymmetry: number }>(numbers: T): T => ({
  ...numbers,
  asymmetry: Number.isFinite(numbers.asymmetry) ? numbers.asymmetry : Number.MAX_VALUE,
});

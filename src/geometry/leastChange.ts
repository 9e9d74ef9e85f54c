import { EigenvalueDecomposition, LuDecomposition, Matrix } from 'ml-matrix';
import { expectKnown } from '../expectKnown.js';
import { distance } from '../linalg/distance.js';
import { dot } from '../linalg/dot.js';
import { expectVectors } from '../linalg/expectVectors.js';
import { norm } from '../linalg/norm.js';
import { orthonormalBasis } from '../linalg/orthonormalBasis.js';
import { scaled } from '../linalg/scaled.js';

/** A metric that follows training, as an operator. */
export interface LeastChangeMetric {
  readonly dimension: number;
  /** `M v`. O(mD). */
  apply(v: ArrayLike<number>): Float64Array;
  /** `M⁻¹ v`. O(mD). */
  solve(v: ArrayLike<number>): Float64Array;
  /** Directions outside of which `M` is `scale · I`; orthonormal, at most 2m. O(m² D). */
  span(): Float64Array[];
  readonly scale: number;
  /** Smallest and largest eigenvalue, and all within the span in rising order. O(m² D). */
  spectrum(): { readonly smallest: number; readonly largest: number; readonly withinSpan: readonly number[] };
}

/** What became of the last pair. */
export type PairFate =
  /** Taken as it is: `M g = y`. */
  | 'taken'
  /** `y·g ≤ 0`: no metric explains it, and the one before stays. */
  | 'skipped'
  /** `y·g` was so small beside `gᵀMg` that `y` was mixed with `M g` [Powell 1978]: `M g` is near `y`, not `y`. */
  | 'damped'
  /** The metric had degenerated: everything before was forgotten, and this pair taken. */
  | 'restarted';

/** State of the metric of least change: at most `memory` pairs; plain data, not to be changed. */
export interface LeastChangeState {
  readonly memory: number;
  readonly damping: number;
  /** The metric before any pair; `null`: taken from the first, `‖y‖²/(y·g)`. */
  readonly scale: number | null;
  readonly pairs: readonly { readonly y: Float64Array; readonly g: Float64Array }[];
  /** `gᵢ·gⱼ` and `gᵢ·yⱼ` of the pairs. */
  readonly gg: readonly (readonly number[])[];
  readonly gy: readonly (readonly number[])[];
  readonly fate: PairFate | null;
}

export interface LeastChangeOptions {
  /** Pairs that are remembered, m: 2m vectors of length D. @default 8 */
  readonly memory?: number;
  /** A pair whose `y·g` is below this share of `gᵀMg` is damped; 0: none is. @default 0.001 */
  readonly damping?: number;
  /** The metric before any pair is this times the identity. @default the optimal α of the first pair */
  readonly scale?: number;
}

/**
 * No pairs yet.
 *
 * @throws TypeError, RangeError naming the option
 */
export function emptyLeastChange(options: LeastChangeOptions = {}): LeastChangeState {
  expectKnown('leastChange', options, ['memory', 'damping', 'scale']);
  const { memory = 8, damping = 1e-3, scale } = options;
  const refuse = (name: string, expected: string, got: unknown): never => {
    throw new RangeError(
      `leastChange: expected option \`${name}\` to be ${expected}, got ${String(got)} (${typeof got})`,
    );
  };
  if (!Number.isInteger(memory) || memory < 1) refuse('memory', 'an integer >= 1', memory);
  if (!(damping >= 0 && damping < 1)) refuse('damping', 'a number in [0, 1)', damping);
  if (scale !== undefined && !(scale > 0 && Number.isFinite(scale))) refuse('scale', 'a number > 0', scale);
  return { memory, damping, scale: scale ?? null, pairs: [], gg: [], gy: [], fate: null };
}

/**
 * Takes one step in: `M_t = BFGS(M_{t−1}; g_t, y_t)`, the change of the metric that is smallest among those with `M g = y`. The oldest
 * pair beyond `memory` is forgotten. SPD in exact arithmetic; damped and restarted where rounding would break it (THEORY, sections 2 and
 * 5), and `fate` says which. O(mD), and O(m³) for the small system.
 *
 * @throws TypeError, RangeError where the two are not of the same length, or not of that of the pairs before
 */
export function advanceLeastChange(
  state: LeastChangeState,
  y: ArrayLike<number>,
  g: ArrayLike<number>,
): LeastChangeState {
  expectVectors('advanceLeastChange', { y, g }, state.pairs[0]?.g.length);
  const yg = dot(y, g);
  const yy = dot(y, y);
  if (!(yg > 0) || !Number.isFinite(yy) || !(yy / yg < Number.MAX_VALUE)) return { ...state, fate: 'skipped' };
  const pair = { y: Float64Array.from(y), g: Float64Array.from(g) };
  const scale = state.scale ?? yy / yg;
  const before = leastChange({ ...state, scale });
  const restarted: LeastChangeState = {
    ...withPair({ ...state, pairs: [], gg: [], gy: [] }, pair),
    scale: yy / yg,
    fate: 'restarted',
  };
  const mapped = before?.apply(g);
  const size = mapped ? dot(g, mapped) : Number.NaN;
  if (mapped === undefined || !(size > 0) || !Number.isFinite(size)) return restarted;
  const weak = yg < state.damping * size;
  const mixed = weak ? ((1 - state.damping) * size) / (size - yg) : 1;
  const taken = weak
    ? { y: pair.y.map((value, i) => mixed * value + (1 - mixed) * (mapped[i] as number)), g: pair.g }
    : pair;
  const next: LeastChangeState = { ...withPair(state, taken), scale, fate: weak ? 'damped' : 'taken' };
  return isSound(next) ? next : restarted;
}

/** The state with one pair more, the oldest forgotten where there is no room. O(mD). */
function withPair(state: LeastChangeState, pair: LeastChangeState['pairs'][number]): LeastChangeState {
  const from = state.pairs.length >= state.memory ? 1 : 0;
  const kept = state.pairs.slice(from);
  const pairs = [...kept, pair];
  const grown = (
    known: LeastChangeState['gg'],
    beside: (each: LeastChangeState['pairs'][number]) => number,
    below: (each: LeastChangeState['pairs'][number]) => number,
  ): number[][] => [
    ...kept.map((each, i) => [...(known[i + from] as readonly number[]).slice(from), beside(each)]),
    pairs.map(below),
  ];
  return {
    ...state,
    pairs,
    gg: grown(
      state.gg,
      ({ g }) => dot(g, pair.g),
      ({ g }) => dot(pair.g, g),
    ),
    gy: grown(
      state.gy,
      ({ g }) => dot(g, pair.y),
      ({ y }) => dot(pair.g, y),
    ),
  };
}

/** Does the metric still map the last update to its negative gradient, in float64? O(mD). */
function isSound(state: LeastChangeState): boolean {
  const last = state.pairs.at(-1);
  const mapped = last && leastChange(state)?.apply(last.g);
  if (last === undefined || mapped === undefined) return false;
  const error = distance(mapped, last.y);
  return dot(last.g, mapped) > 0 && error <= 1e-6 * norm(last.y);
}

/**
 * The metric of a state, in the compact form of Byrd, Nocedal and Schnabel (1994); `null` before the first pair, or where its small
 * system cannot be solved.
 */
export function leastChange({ pairs, scale: known, gg, gy }: LeastChangeState): LeastChangeMetric | null {
  const dimension = pairs[0]?.g.length;
  if (known === null) return null;
  const scale: number = known;
  const count = pairs.length;
  const at = (matrix: readonly (readonly number[])[], i: number, j: number): number => matrix[i]?.[j] ?? Number.NaN;
  const small = new Matrix(2 * count, 2 * count);
  for (let i = 0; i < count; i++)
    for (let j = 0; j < count; j++) {
      small.set(i, j, scale * at(gg, i, j));
      if (i > j) {
        small.set(i, count + j, at(gy, i, j));
        small.set(count + j, i, at(gy, i, j));
      }
      if (i === j) small.set(count + i, count + i, -at(gy, i, i));
    }
  const solver = count === 0 ? null : new LuDecomposition(small);
  if (solver?.isSingular()) return null;

  function apply(v: ArrayLike<number>): Float64Array {
    expectVectors('leastChange.apply', { v }, dimension);
    const result = scaled(v, scale);
    if (solver === null) return result;
    const right = Matrix.columnVector([...pairs.map(({ g }) => scale * dot(g, v)), ...pairs.map(({ y }) => dot(y, v))]);
    const weights = solver.solve(right).to1DArray();
    pairs.forEach(({ y, g }, k) => {
      const [along, beside] = [scale * (weights[k] as number), weights[count + k] as number];
      for (let i = 0; i < result.length; i++)
        result[i] = (result[i] as number) - along * (g[i] as number) - beside * (y[i] as number);
    });
    return result;
  }

  /** The two loops of Nocedal (1980). */
  function solve(v: ArrayLike<number>): Float64Array {
    expectVectors('leastChange.solve', { v }, dimension);
    const rest = Float64Array.from(v);
    const shares: number[] = [];
    const add = (target: Float64Array, factor: number, vector: Float64Array): void => {
      for (let i = 0; i < target.length; i++) target[i] = (target[i] as number) + factor * (vector[i] as number);
    };
    for (let k = count - 1; k >= 0; k--) {
      const { y, g } = pairs[k] as (typeof pairs)[number];
      shares[k] = dot(g, rest) / dot(y, g);
      add(rest, -(shares[k] as number), y);
    }
    const result = rest.map((value) => value / scale);
    pairs.forEach(({ y, g }, k) => {
      add(result, (shares[k] as number) - dot(y, result) / dot(y, g), g);
    });
    return result;
  }

  const span = (): Float64Array[] => orthonormalBasis(pairs.flatMap(({ y, g }) => [g, y]));
  const spectrum = (): ReturnType<LeastChangeMetric['spectrum']> => {
    const basis = span();
    const within = basis.length === 0 ? [] : restrictedEigenvalues(apply, basis);
    const outside = dimension !== undefined && basis.length >= dimension ? [] : [scale];
    const all = [...within, ...outside];
    return { smallest: Math.min(...all), largest: Math.max(...all), withinSpan: within };
  };
  return { dimension: dimension ?? 0, apply, solve, span, scale, spectrum };
}

/** Eigenvalues of `QᵀMQ` in rising order. */
function restrictedEigenvalues(apply: (v: Float64Array) => Float64Array, basis: readonly Float64Array[]): number[] {
  const restricted = restriction(apply, basis);
  return new EigenvalueDecomposition(restricted, { assumeSymmetric: true }).realEigenvalues.sort((a, b) => a - b);
}

/** `QᵀMQ`, made symmetric. O(k) products. */
export function restriction(apply: (v: Float64Array) => Float64Array, basis: readonly Float64Array[]): Matrix {
  const images = basis.map(apply);
  const matrix = new Matrix(basis.map((q) => images.map((image) => dot(q, image))));
  return Matrix.add(matrix, matrix.transpose()).mul(0.5);
}

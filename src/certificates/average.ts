import { describeValue } from '../describeValue.js';
import { expectKnown } from '../expectKnown.js';
import { excessOf } from '../geometry/discreteGradients/projected.js';
import { addMoment, type Moments, noMoments } from '../linalg/moments.js';
import { norm } from '../linalg/norm.js';
import { scaled } from '../linalg/scaled.js';
import { vectorFault } from '../linalg/vectorFault.js';
import { freeTolerance } from './effective.js';
import { checkPlan, type LookPlan } from './looks.js';
import type { NoiseRecord } from './stepRecord.js';

/** The point θ that a stochastic rule draws its updates from. */
export interface AveragePoint {
  /** `−∇L(θ)`, all variables one after the other: D numbers. */
  readonly y: ArrayLike<number>;
  readonly lossBefore: number;
  /** η of `Δθ = η g`. @default 1 */
  readonly learningRate?: number;
  /** The noise of float32, for losses and gradients computed in it. @default null: the numbers are exact float64 */
  readonly noise?: NoiseRecord | null;
}

/** One sample of a rule's update from θ, with `g = Δθ/η`: D numbers. */
export interface AverageDraw {
  readonly g: ArrayLike<number>;
  /** `L(θ + η g)`. */
  readonly lossAfter: number;
  /** This draw's discrete `y`, with `ȳ·ηg = L(θ) − L(θ + ηg)`. @default the `projected` one of `from` */
  readonly discreteY?: ArrayLike<number>;
  /**
   * What the discrete `y` is `projected` from where it isn't given: `−∇L` in the middle of the step, say (`midpoint`).
   * @default y at θ
   */
  readonly from?: ArrayLike<number>;
}

/** The two means so far that a draw is held against. */
interface Reference {
  readonly g: Float64Array;
  readonly y: Float64Array;
}

/**
 * What is known of the draws so far. Numbers, and five vectors of length D however many draws there were: `y`, two sums and two means
 * that are renewed whenever the number of draws has doubled.
 */
export interface AverageState {
  readonly point: AveragePoint & { readonly learningRate: number; readonly noise: NoiseRecord | null };
  readonly plan: LookPlan;
  readonly yNorm: number;
  readonly draws: number;
  readonly sumG: Float64Array;
  readonly sumY: Float64Array;
  /** Of `L(θ) − L(θ + ηg)`. */
  readonly decrease: Moments;
  /** Sum of the decreases as the gradients say, those of which the discrete ones are projected. */
  readonly expected: number;
  /** Of `y·g`. */
  readonly alignment: Moments;
  /** Draws with `y·g > 0`, and draws after which the loss was lower. */
  readonly aligned: number;
  readonly effective: number;
  /** Sum of each draw's own `y_d·g_d`, which biases the product of the means. */
  readonly own: number;
  readonly reference: Reference | null;
  /** Of `y_d·ḡ + ȳ·g_d` against the reference, and what earlier references left. */
  readonly influence: Moments;
  readonly earlier: { readonly dof: number; readonly squares: number; readonly cubes: number };
  /** Sums over the draws of what rounding may have done; see `tolerances`. */
  readonly rounding: {
    readonly tau: number;
    readonly growth: number;
    readonly tauPerLength: number;
    readonly growthPerLength: number;
    readonly discreteNorm: number;
  };
  /** Why nothing can be said of any question. */
  readonly obstacle: string | null;
  /** Why nothing can be said of the loss after the draws. */
  readonly lossObstacle: string | null;
}

/**
 * Is this a point to draw from? NaN and Infinity are: nothing can be said at it, and the certificate says why.
 *
 * @throws TypeError, RangeError that say who, which field, what was expected and what was received
 */
export function checkPoint(who: string, point: AveragePoint): void {
  if (typeof point !== 'object' || point === null)
    throw new TypeError(`${who}: expected \`point\` to be an object, got ${describeValue(point)}`);
  expectKnown(who, point, ['y', 'lossBefore', 'learningRate', 'noise']);
  const { y, lossBefore, learningRate = 1, noise = null } = point;
  const fault = vectorFault('y', y);
  if (fault !== null) throw new TypeError(`${who}: ${fault}`);
  if (y.length === 0) throw new TypeError(`${who}: expected \`y\` to hold at least one number, got none`);
  if (typeof lossBefore !== 'number')
    throw new TypeError(`${who}: expected \`lossBefore\` to be a number, got ${describeValue(lossBefore)}`);
  if (!(Number.isFinite(learningRate) && learningRate > 0))
    throw new RangeError(
      `${who}: expected \`learningRate\` to be a finite number > 0, got ${describeValue(learningRate)}`,
    );
  if (typeof noise !== 'object')
    throw new TypeError(`${who}: expected \`noise\` to be an object or null, got ${describeValue(noise)}`);
}

/**
 * No draws yet.
 *
 * @param plan how many there may be, and how sure the answers have to be
 * @throws TypeError, RangeError naming the field of the point or of the plan
 */
export function emptyAverage(point: AveragePoint, plan: LookPlan): AverageState {
  checkPoint('emptyAverage', point);
  expectKnown('emptyAverage', plan, ['draws', 'confidence', 'stop']);
  const yNorm = norm(point.y);
  const size = point.y.length;
  return {
    point: { ...point, learningRate: point.learningRate ?? 1, noise: point.noise ?? null },
    plan: checkPlan('emptyAverage', plan),
    yNorm,
    draws: 0,
    sumG: new Float64Array(size),
    sumY: new Float64Array(size),
    decrease: noMoments,
    expected: 0,
    alignment: noMoments,
    aligned: 0,
    effective: 0,
    own: 0,
    reference: null,
    influence: noMoments,
    earlier: { dof: 0, squares: 0, cubes: 0 },
    rounding: { tau: 0, growth: 0, tauPerLength: 0, growthPerLength: 0, discreteNorm: 0 },
    obstacle: Number.isFinite(yNorm) ? null : 'non-finite: the gradient at θ holds NaN or Infinity',
    lossObstacle: Number.isFinite(point.lossBefore) ? null : 'non-finite: the loss at θ is NaN or Infinity',
  };
}

/** Nothing more can be said, and why. */
export const obstructed = (state: AverageState, reason: string): AverageState => ({ ...state, obstacle: reason });

/**
 * Takes one draw in. O(D): two passes and two new vectors.
 *
 * The product of two means has no plain standard error. Its influence values `y_d·E[g] + E[y_d]·g_d` do, and are measured against the
 * means of the draws before: independent of the draw, renewed whenever the draws have doubled, so that no draw has to be kept.
 *
 * A draw that is none (no list of as many numbers as `y`) is the last: an `obstacle` of the state, not an exception.
 */
export const advanceAverage = (state: AverageState, draw: AverageDraw): AverageState =>
  addDraw({ ...state, sumG: state.sumG.slice(), sumY: state.sumY.slice() }, draw);

/** As `advanceAverage`, without new vectors: the state given is used up, its two sums go on in the one returned. */
export function addDraw(state: AverageState, draw: AverageDraw): AverageState {
  if (state.obstacle !== null) return state;
  const { point, draws } = state;
  const { y, learningRate: eta, lossBefore } = point;
  const which = `draw ${String(draws + 1)}`;
  const fault = faultOf(draw, y.length);
  if (fault !== null) return obstructed(state, `${which}: ${fault}`);
  const { g, lossAfter } = draw;
  const change = typeof lossAfter === 'number' ? lossAfter - lossBefore : Number.NaN;
  const lossObstacle = state.lossObstacle ?? (Number.isFinite(change) ? null : unknownLoss(which, lossAfter));
  const known = lossObstacle === null;
  const from = (known ? (draw.discreteY ?? draw.from) : null) ?? y;
  const { ofUpdate, ofFrom, product } = squares(g, from);
  if (!Number.isFinite(ofUpdate)) return obstructed(state, `non-finite: the update of ${which} holds NaN or Infinity`);
  const length = Math.sqrt(ofUpdate);
  const excess = known && draw.discreteY === undefined ? excessOf(change, eta, product, ofUpdate) : 0;
  // Nothing that is no number may get into the sums.
  if (!Number.isFinite(2 * (ofFrom + (excess * length) ** 2)))
    return obstructed(state, `non-finite: the discrete gradient of ${which} holds NaN or Infinity`);
  const products = added(state, g, from, excess);
  const next: AverageState = {
    ...state,
    draws: draws + 1,
    lossObstacle,
    alignment: addMoment(state.alignment, products.alignment),
    aligned: state.aligned + (products.alignment > 0 ? 1 : 0),
  };
  if (!known) return next;
  return renewed({
    ...next,
    effective: state.effective + (change < 0 ? 1 : 0),
    decrease: addMoment(state.decrease, -change),
    expected: state.expected + eta * product,
    own: state.own + products.own,
    influence: state.reference === null ? noMoments : addMoment(state.influence, products.influence),
    rounding: rounded(state, lossAfter, length, Math.sqrt(products.square)),
  });
}

/** Why this is no draw; `null`: it is one. */
function faultOf(draw: AverageDraw, size: number): string | null {
  if (typeof draw !== 'object' || draw === null)
    return `expected an object { g, lossAfter }, got ${describeValue(draw)}`;
  const { g, discreteY, from } = draw;
  for (const [name, vector] of Object.entries({ g, discreteY, from })) {
    if (vector === undefined && name !== 'g') continue;
    const fault = vectorFault(name, vector);
    if (fault !== null) return fault;
    const { length } = vector as ArrayLike<number>;
    if (length !== size) return `\`${name}\` has ${length} numbers, y has ${size}`;
  }
  return null;
}

const unknownLoss = (which: string, lossAfter: unknown): string =>
  typeof lossAfter === 'number'
    ? `non-finite: the loss after ${which} is NaN or Infinity`
    : `${which}: expected \`lossAfter\` to be a number, got ${describeValue(lossAfter)}`;

/** `g·g`, `from·from` and `from·g`, in one pass. */
function squares(
  g: ArrayLike<number>,
  from: ArrayLike<number>,
): { readonly ofUpdate: number; readonly ofFrom: number; readonly product: number } {
  let ofUpdate = 0;
  let ofFrom = 0;
  let product = 0;
  for (let i = 0; i < g.length; i++) {
    const gi = g[i] as number;
    const yi = from[i] as number;
    ofUpdate += gi * gi;
    ofFrom += yi * yi;
    product += gi * yi;
  }
  return { ofUpdate, ofFrom, product };
}

/** Adds a draw and its discrete gradient `from − excess g` to the two sums; their products with all else, in the same pass. */
function added(
  { point: { y }, sumG, sumY, reference }: AverageState,
  g: ArrayLike<number>,
  from: ArrayLike<number>,
  excess: number,
): { readonly alignment: number; readonly own: number; readonly square: number; readonly influence: number } {
  // Without a reference there is no influence; that of y is as good as any other, and a test in the loop would cost a sixth of it.
  const { g: meanG, y: meanY } = reference ?? { g: y, y };
  // One by one: taken out of an array they would cost three times as much.
  let alignment = 0;
  let own = 0;
  let square = 0;
  let ofDiscrete = 0;
  let ofUpdate = 0;
  for (let i = 0; i < y.length; i++) {
    const gi = g[i] as number;
    const yi = (from[i] as number) - excess * gi;
    alignment += (y[i] as number) * gi;
    own += yi * gi;
    square += yi * yi;
    ofDiscrete += yi * (meanG[i] as number);
    ofUpdate += gi * (meanY[i] as number);
    sumG[i] = (sumG[i] as number) + gi;
    sumY[i] = (sumY[i] as number) + yi;
  }
  return { alignment, own, square, influence: ofDiscrete + ofUpdate };
}

/** Holds the draws to come against the means of those so far, if these have doubled. */
function renewed(state: AverageState): AverageState {
  const { draws, influence, earlier, sumG, sumY } = state;
  if ((draws & (draws - 1)) !== 0) return state;
  return {
    ...state,
    reference: { g: scaled(sumG, 1 / draws), y: scaled(sumY, 1 / draws) },
    influence: noMoments,
    earlier: pooled(earlier, influence),
  };
}

/** Deviations of both, each about its own mean. */
const pooled = (earlier: AverageState['earlier'], { count, squares, cubes }: Moments): AverageState['earlier'] => ({
  dof: earlier.dof + Math.max(0, count - 1),
  squares: earlier.squares + squares,
  cubes: earlier.cubes + cubes,
});

/** The spread of `y_d·ḡ + ȳ·g_d` over all draws so far. */
export const influenceSpread = ({ earlier, influence }: AverageState): AverageState['earlier'] =>
  pooled(earlier, influence);

function rounded(
  { point: { lossBefore, noise, learningRate }, rounding, yNorm }: AverageState,
  lossAfter: number,
  length: number,
  discreteNorm: number,
): AverageState['rounding'] {
  const { tau, growth } =
    noise === null
      ? { tau: 2 ** -52 * (Math.abs(lossBefore) + Math.abs(lossAfter)), growth: 1 }
      : freeTolerance(lossBefore, lossAfter, noise);
  // A draw that changes nothing says nothing wrong either.
  const perLength = length > 0 ? 1 / (learningRate * length) : 0;
  return {
    tau: rounding.tau + tau,
    growth: rounding.growth + growth,
    tauPerLength: rounding.tauPerLength + tau * perLength,
    growthPerLength: rounding.growthPerLength + growth * perLength,
    discreteNorm: rounding.discreteNorm + Math.max(1, yNorm > 0 ? discreteNorm / yNorm : 1),
  };
}

import { angle } from '../geometry/angle.js';
import { centralDifferences } from '../geometry/centralDifferences.js';
import { structure } from '../geometry/structure.js';
import { type Gram, gram, productExponent, scaleByPower } from '../linalg/gram.js';
import type { Certificate, Condition, StepSizeCondition } from './certificate.js';
import { summarize } from './certify.js';
import { condition, finite } from './condition.js';
import { verdict } from './verdict.js';

/** One entry per coordinate of the state. */
export type FlowVector = readonly number[] | Float64Array | Float32Array;

/** A vector, or the function of the state that gives it. */
export type FlowField = FlowVector | ((state: readonly number[]) => FlowVector);

/** A flow `dθ/dt = g(θ)` at one state. Of `gradient` and `potential` one is needed. */
export interface Flow {
  /** θ, D numbers. */
  readonly state: FlowVector;
  /** `g = dθ/dt`, D numbers, or the function of θ that gives them. */
  readonly velocity: FlowField;
  /** `∇L(θ)`, D numbers, or the function of θ that gives them: the gradient itself, so `y = −gradient`. */
  readonly gradient?: FlowField;
  /**
   * `L(θ)`. Without `gradient`, the gradient is made of its central differences (4 D + 22 calls), whose error widens the tolerance:
   * then `L` has to be smooth and computed in float64. With `gradient`, one call, for `lossBefore`.
   */
  readonly potential?: (state: readonly number[]) => number;
  /** Goes into the certificate. @default 0 */
  readonly step?: number;
  /** Goes into the certificate; in the flow's own unit. */
  readonly time?: number;
}

/** A certificate without η: `effective` and `stepSize` are `skipped`, `metric` belongs to `g = dθ/dt`. */
export interface FlowCertificate extends Certificate {
  readonly time?: number;
  /** `−dL/dt = y·g` [SSK24, eq. (5)], per unit of time; `null` where it is not finite. */
  readonly rate: number | null;
  /** `‖y‖²/λ_max` of `metric`, which the rate is never below [SSK24, eq. (5)]; `null` without a metric. */
  readonly rateBound: number | null;
}

/** Roundings of `y·g` in float64 that a claim has to clear, in units of `‖y‖‖g‖`. */
const exactTolerance = 2 ** -51;

const noSteps = 'a flow has no steps: its loss falls at the rate y·g';

const noRate: StepSizeCondition = {
  state: 'skipped',
  value: null,
  bound: null,
  tolerance: null,
  reason: 'a flow has no learning rate',
  etaMaxOptimal: null,
  etaMaxSupremum: null,
  hessianMin: null,
  discreteGradient: null,
};

/**
 * Is a flow natural gradient descent at this state, in which metric, and how fast does the loss fall [SSK24, eqs. (5)–(9)]? Pure;
 * call it along a trajectory. Numbers are taken as exact float64. O(D), some microseconds.
 *
 * @throws TypeError that names the field, what was expected and what was received. NaN and Infinity are no misuse: `unresolved`.
 */
export function certifyFlow(flow: Flow): FlowCertificate {
  const { state, velocity, gradient, potential, step = 0, time } = flow;
  const theta = vector('state', state, null);
  if (gradient === undefined && potential === undefined)
    throw new TypeError('certifyFlow: expected `gradient` or `potential`, got neither');
  if (potential !== undefined && typeof potential !== 'function')
    throw new TypeError(
      `certifyFlow: expected \`potential\` to be a function of the state, got ${received(potential)}`,
    );
  if (!Number.isInteger(step) || step < 0)
    throw new TypeError(`certifyFlow: expected \`step\` to be an integer >= 0, got ${received(step)}`);
  if (time !== undefined && !Number.isFinite(time))
    throw new TypeError(`certifyFlow: expected \`time\` to be a finite number, got ${received(time)}`);

  const g = field('velocity', velocity, theta);
  const differences = gradient === undefined && potential ? centralDifferences(scalar(potential), [...theta]) : null;
  const slope = differences?.gradient ?? field('gradient', gradient as FlowField, theta);
  const loss = differences?.value ?? (potential ? scalar(potential)([...theta]) : null);
  const y = new Float64Array(slope.length);
  for (let i = 0; i < y.length; i++) y[i] = -(slope[i] as number);
  const whole = gram(y, g);
  const alignment = allFinite(theta)
    ? alignmentOf(
        whole,
        differences === null ? 0 : differences.error.reduce((sum, e, i) => sum + e * Math.abs(g[i] as number), 0),
      )
    : condition('unresolved', null, null, 'non-finite: the state holds NaN or Infinity');
  const metric = alignment.state === 'holds' ? summarize(whole) : null;
  const yNorm = scaleByPower(Math.sqrt(whole.yy), whole.yExponent ?? 0);
  const rate = finite(scaleByPower(whole.yg, productExponent(whole)));
  return {
    kind: 'certificate',
    version: 1,
    step,
    run: 0,
    ...(time === undefined ? {} : { time }),
    verdict: verdict(alignment.state, 'skipped'),
    alignment,
    effective: condition('skipped', null, null, noSteps),
    stepSize: noRate,
    discreteGradient: null,
    metric,
    psiFloor: null,
    structure:
      alignment.state === 'unresolved' ? null : structure([{ ...whole, conflicts: conflicts(y, g) }], whole, 0),
    variables:
      rate === null ? [] : [{ name: 'state', size: theta.length, alignment: rate, psi: angle(whole)?.psi ?? null }],
    lossBefore: loss === null ? null : finite(loss),
    lossAfter: null,
    predictedDecrease: null,
    learningRate: null,
    rate,
    rateBound: metric === null ? null : finite((yNorm / metric.eigenvalueMax) * yNorm),
  };
}

/** @param error what `y·g` may be off by besides rounding, in its own unit. */
function alignmentOf(whole: Gram, error: number): Condition {
  const { yy, gg, yg } = whole;
  const open = (reason: string): Condition => condition('unresolved', null, null, reason);
  if (![yy, gg, yg].every(Number.isFinite))
    return open('non-finite: the velocity or the gradient holds NaN or Infinity');
  if (gg === 0) return open('equilibrium: the velocity is zero, so there is no direction to certify');
  if (yy === 0) return open('critical point: the gradient is zero, and every direction is orthogonal to it');
  if (!Number.isFinite(error))
    return open('the potential does not change over the reach of its differences: its gradient is lost in rounding');
  const exponent = productExponent(whole);
  const value = finite(scaleByPower(yg, exponent));
  const tolerance = finite(scaleByPower(exactTolerance * Math.sqrt(yy * gg), exponent) + error);
  // Compared without the exponents, which may take both out of the range of float64.
  const within = exactTolerance * Math.sqrt(yy * gg) + scaleByPower(error, -exponent);
  if (yg > within)
    return condition(
      'holds',
      value,
      tolerance,
      'the flow descends: y·g > 0, so a metric exists in which it is steepest',
    );
  if (yg < -within)
    return condition('fails', value, tolerance, 'the flow climbs: y·g < 0, so it is steepest descent in no metric');
  return condition(
    'unresolved',
    value,
    tolerance,
    error > 0
      ? 'y·g is within the error of the differences of the potential'
      : 'y·g is within the rounding error of its terms',
  );
}

function allFinite(values: FlowVector): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}

function conflicts(y: ArrayLike<number>, g: ArrayLike<number>): number {
  let count = 0;
  for (let i = 0; i < y.length; i++) {
    const [yi, gi] = [y[i] as number, g[i] as number];
    if ((yi !== 0 || gi !== 0) && !(Math.sign(yi) * Math.sign(gi) > 0)) count++;
  }
  return count;
}

const field = (name: string, given: FlowField, state: FlowVector): FlowVector =>
  vector(name, typeof given === 'function' ? given([...state]) : given, state.length);

function vector(name: string, given: unknown, size: number | null): FlowVector {
  const isArray = Array.isArray(given) || given instanceof Float64Array || given instanceof Float32Array;
  const wanted =
    size === null ? 'an array of at least one number' : `an array of ${String(size)} numbers, as \`state\` is`;
  if (!isArray || given.length === 0 || (size !== null && given.length !== size))
    throw new TypeError(`certifyFlow: expected \`${name}\` to be ${wanted}, got ${received(given)}`);
  for (let i = 0; i < given.length; i++) {
    const each: unknown = given[i];
    if (typeof each !== 'number')
      throw new TypeError(`certifyFlow: expected \`${name}[${String(i)}]\` to be a number, got ${received(each)}`);
  }
  return given as FlowVector;
}

const scalar =
  (potential: (state: readonly number[]) => number) =>
  (x: number[]): number => {
    const value: unknown = potential(x);
    if (typeof value !== 'number')
      throw new TypeError(`certifyFlow: expected \`potential\` to return a number, got ${received(value)}`);
    return value;
  };

function received(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value) || ArrayBuffer.isView(value))
    return `an array of ${String((value as { length?: number }).length)}`;
  return typeof value === 'object' || typeof value === 'function'
    ? `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`
    : `${String(value)} (${typeof value})`;
}

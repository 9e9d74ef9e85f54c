import type * as tf from '@tensorflow/tfjs';
import { checkPlan, type LookPlan } from '../src/certificates/looks.js';
import { checkLossAndVariables } from './hessian/arguments.js';

/** How far `certifyOnAverage` has come. */
export interface AverageProgress {
  readonly draws: number;
  /** Draws at most; fewer are made where fewer decide. */
  readonly of: number;
  /** Will there be no more? Told once, also where a draw throws. */
  readonly done: boolean;
}

/** What every way to certify a rule on average may be told. All optional. */
export interface AverageSettings {
  /** Draws at most, at least 2. @default 100 */
  readonly draws?: number;
  /** Each interval covers the true value with at least this probability, in (0, 1). @default 0.95 */
  readonly confidence?: number;
  /**
   * `'when-decided'` looks at an eighth, a quarter and half of the draws whether all is decided, and shares the error among the looks;
   * `'never'` makes all draws and looks once. @default 'when-decided'
   */
  readonly stop?: LookPlan['stop'];
  /**
   * Each draw's discrete gradient: `'midpoint'` costs one gradient a draw, `'mean-value'` three, `'projected'` none. On a quadratic
   * loss the first two are what the paper's Taylor form gives, `y − (η/2) H g`, and `ȳ·ḡ` does not depend on the noise's shape;
   * `'projected'` is another vector, with another `ȳ`. @default 'midpoint'
   */
  readonly discreteGradient?: 'midpoint' | 'mean-value' | 'projected';
  /** Seed of the private generator of a loss that is random, and of the probes of rounding; an integer. @default 1 */
  readonly seed?: number;
  /** Is told after each draw (`progressBar` of `steepest/progress` draws a bar); what it throws is not passed on. */
  readonly onProgress?: (progress: AverageProgress) => void;
}

/** A rule at one θ: its loss, what it changes, and how. */
export interface AverageOptions extends AverageSettings {
  /** The true measure of performance, the same at every call: θ is all it may depend on. */
  readonly loss: () => tf.Scalar;
  readonly variables: tf.Variable[];
  /**
   * Makes one sample of the rule's update from θ by changing the variables; synchronous, in a `tf.tidy`. They are put back after each,
   * bit for bit, as is the state of an optimizer; `Math.random` is the draw's to use.
   */
  readonly draw: () => void;
  /** η of `Δθ = η g`. @default 1, so that `g = Δθ` */
  readonly learningRate?: number;
}

export type CheckedSettings = LookPlan &
  Required<Pick<AverageSettings, 'discreteGradient' | 'seed'>> &
  Pick<AverageSettings, 'onProgress'>;

const names = ['draws', 'confidence', 'stop', 'discreteGradient', 'seed', 'onProgress'];

const got = (value: unknown): string =>
  value === null || typeof value === 'object' ? JSON.stringify(value) : `${String(value)} (${typeof value})`;

/** Throws that an option is not what it should be. */
export function refuse(who: string, name: string, expected: string, value: unknown): never {
  throw new RangeError(`${who}: expected option \`${name}\` to be ${expected}, got ${got(value)}`);
}

/** Checks the settings, `own` being the names of the caller's other options. */
export function checkSettings(who: string, settings: AverageSettings, own: readonly string[]): CheckedSettings {
  const { discreteGradient = 'midpoint', seed = 1, onProgress } = settings;
  const known = [...own, ...names];
  const unknown = Object.keys(settings).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new RangeError(`${who}: expected options ${known.join(', ')}, got \`${unknown}\``);
  const plan = checkPlan(who, settings);
  if (!['midpoint', 'mean-value', 'projected'].includes(discreteGradient))
    refuse(who, 'discreteGradient', "'midpoint', 'mean-value' or 'projected'", discreteGradient);
  if (!Number.isSafeInteger(seed)) refuse(who, 'seed', 'an integer', seed);
  if (onProgress !== undefined && typeof onProgress !== 'function') refuse(who, 'onProgress', 'a function', onProgress);
  return { ...plan, discreteGradient, seed, ...(onProgress ? { onProgress } : {}) };
}

/** Checks everything, before anything runs. */
export function checkAverageOptions(who: string, options: AverageOptions): CheckedSettings & { learningRate: number } {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`${who}: expected options to be an object, got ${got(options)}`);
  const { loss, variables, draw, learningRate = 1, ...settings } = options;
  checkLossAndVariables(who, loss, variables);
  if (typeof draw !== 'function') refuse(who, 'draw', 'a function that changes the variables', draw);
  if (!(Number.isFinite(learningRate) && learningRate > 0))
    refuse(who, 'learningRate', 'a finite number > 0', learningRate);
  return { ...checkSettings(who, settings, ['loss', 'variables', 'draw', 'learningRate']), learningRate };
}

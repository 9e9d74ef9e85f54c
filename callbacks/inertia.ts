import * as tf from '@tensorflow/tfjs';
import { velocitySquareAfter } from '../src/certificates/energy.js';
import type { InertiaRecord, StepRecord } from '../src/certificates/stepRecord.js';
import { isOnDevice } from './isOnDevice.js';
import { hostArray } from './hostArray.js';

/** What an optimizer with a velocity is about to do, read off it before its step. */
export interface Inertia {
  readonly rule: InertiaRecord['rule'];
  readonly name: string;
  readonly momentum: number | null;
  /** Has it no velocity yet? */
  readonly fresh: boolean;
  /** Is the velocity kept over η, as tfjs does: then it changes with η. */
  readonly overEta: boolean;
  /** Steps it has made, to notice one that was not seen; `null`: not counted. */
  readonly made: number | null;
}

/** The velocity that a step left behind. */
export interface Velocity {
  readonly square: number | null;
  readonly eta: number | null;
  readonly momentum: number | null;
  readonly made: number | null;
}

const rules: Readonly<Record<string, InertiaRecord['rule']>> = {
  Momentum: 'heavy-ball',
  HeavyBall: 'heavy-ball',
  Nesterov: 'nesterov',
};

/** What is known of the optimizer's velocity before its step. Nothing of it is changed. O(1). */
export function inertiaOf(optimizer: tf.Optimizer): Inertia {
  const read = (key: string): unknown => Reflect.get(optimizer, key);
  const named: unknown = Reflect.get(optimizer.constructor, 'className');
  const name = typeof named === 'string' ? named : optimizer.constructor.name;
  const known = Object.hasOwn(rules, name) ? (rules[name] ?? 'other') : 'other';
  const rule = read('useNesterov') === true ? 'nesterov' : known;
  const slots = read('accumulations');
  // The getter `iterations` would leave a field behind.
  const made = read('iterations_');
  return {
    rule,
    name,
    momentum: known === 'other' ? null : momentumOf(read('momentum'), read('m')),
    fresh: name === 'Momentum' ? Array.isArray(slots) && slots.length === 0 : (made ?? 0) === 0,
    overEta: name === 'Momentum',
    made: typeof made === 'number' ? made : made == null ? 0 : null,
  };
}

const isTensor = (value: unknown): value is tf.Tensor => value instanceof tf.Tensor;

/** μ: `setMomentum` changes the field and not the scalar that tfjs multiplies by. */
function momentumOf(field: unknown, scalar: unknown): number | null {
  if (typeof field !== 'number' || !Number.isFinite(field)) return null;
  if (isOnDevice() || !isTensor(scalar) || scalar.isDisposed) return field;
  const used = hostArray(scalar)[0] ?? field;
  return used === Math.fround(field) ? field : used;
}

/**
 * The velocity's part in a record, and what it leaves for the next one: `v_{t+1} = Δθ_t`, times what `η` has changed by where the velocity
 * is kept over η. O(1).
 */
export function inertiaRecord(
  inertia: Inertia,
  record: Pick<StepRecord, 'gram' | 'learningRate'>,
  last: Velocity | null,
): { found: InertiaRecord; left: Velocity } {
  const { rule, name, momentum, fresh, overEta, made } = inertia;
  const eta = record.learningRate;
  const follows = last !== null && made !== null && last.made !== null && made === last.made + 1;
  const stretch = overEta && last?.eta != null && eta !== null ? eta / last.eta : 1;
  const kept = follows && last.square !== null ? last.square * stretch * stretch : null;
  const velocitySquare = rule === 'heavy-ball' ? (fresh ? 0 : kept) : null;
  const anew = follows && (last.eta !== eta || last.momentum !== momentum);
  const left: Velocity = { square: velocitySquareAfter(record), eta, momentum, made };
  const found: InertiaRecord = { rule, name, momentum, velocitySquare, ...(anew ? { anew } : {}) };
  return { found, left };
}

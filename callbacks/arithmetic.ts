import * as tf from '@tensorflow/tfjs';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { isOnDevice } from './isOnDevice.js';
import { descentDot, squaredNorm } from './gramKernel.js';
import { LossInputs } from './hessian/lossInputs.js';
import type { Reads } from './hessian/reads.js';
import { hostArray } from './hostArray.js';

/** Numbers that are still on a device, and what is made of them when they have been read back. */
export interface OnDevice<T> {
  /** Kept; whoever reads it disposes it. */
  readonly numbers: tf.Tensor;
  readonly read: (values: Float64Array) => T;
}

/** What was computed of tensors: known, or still to be read back. */
export type Result<T> = { readonly value: T } | OnDevice<T>;

/** One value for each variable; `undefined`: no gradient reached it. */
export type Gradients = readonly (tf.Tensor | undefined)[];

/** What is computed of a training's tensors, where they lie. */
export interface Arithmetic {
  readonly scalar: (tensor: tf.Tensor) => Result<number>;
  /** `Σ‖aᵢ − bᵢ‖²`. */
  readonly squaredDistance: (a: Gradients, b: Gradients) => Result<number>;
  /** `Σ −gradientᵢ·(afterᵢ − beforeᵢ)` and `Σ‖gradientᵢ‖²`. */
  readonly descent: (
    gradients: Gradients,
    before: readonly tf.Tensor[],
    after: readonly tf.Tensor[],
  ) => Result<{ readonly yd: number; readonly yy: number }>;
  /** `values + scale · sᵢ max(|valueᵢ|, 0.1 rms)` with random signs `sᵢ`. */
  readonly displaced: (values: tf.Tensor, scale: number, generator: RandomGenerator) => tf.Tensor;
}

/** Waits for a result, if it has to be waited for. */
export function* resultOf<T>(result: Result<T>): Reads<T> {
  if ('value' in result) return result.value;
  try {
    return result.read(yield [result.numbers]);
  } finally {
    result.numbers.dispose();
  }
}

/** For tensors in host memory. */
export const hostArithmetic: Arithmetic = {
  scalar: (tensor) => ({ value: hostArray(tensor)[0] as number }),
  squaredDistance: (a, b) => ({
    value: a.reduce((sum, each, i) => sum + squaredDistance(each, b[i]), 0),
  }),
  descent: (gradients, before, after) => ({
    value: gradients.reduce(
      ({ yd, yy }, gradient, i) => {
        if (!gradient) return { yd, yy };
        const values = hostArray(gradient);
        const along = descentDot(values, hostArray(before[i] as tf.Tensor), hostArray(after[i] as tf.Tensor));
        return { yd: yd + along, yy: yy + squaredNorm(values) };
      },
      { yd: 0, yy: 0 },
    ),
  }),
  displaced: (values, scale, generator) =>
    tf.tensor(displaced(hostArray(values), scale, generator), values.shape, 'float32'),
};

/** Random signs, thirty-two a draw. */
export function forEachSign(
  count: number,
  generator: RandomGenerator,
  use: (i: number, negative: boolean) => void,
): void {
  let bits = 0;
  for (let i = 0; i < count; i++) {
    if ((i & 31) === 0) bits = generator.next();
    use(i, !(bits & 1));
    bits >>= 1;
  }
}

function displaced(values: Float32Array, scale: number, generator: RandomGenerator): Float32Array {
  const floor = 0.1 * Math.sqrt(squaredNorm(values) / Math.max(1, values.length));
  const moved = new Float32Array(values.length);
  forEachSign(values.length, generator, (i, negative) => {
    const value = values[i] as number;
    const size = scale * Math.max(Math.abs(value), floor);
    moved[i] = value + (negative ? -size : size);
  });
  return moved;
}

function squaredDistance(a: tf.Tensor | undefined, b: tf.Tensor | undefined): number {
  if (!a || !b) return a || b ? squaredNorm(hostArray((a ?? b) as tf.Tensor)) : 0;
  const u = hostArray(a);
  const v = hostArray(b);
  let sum = 0;
  for (let i = 0; i < u.length; i++) {
    const d = (u[i] as number) - (v[i] as number);
    sum += d * d;
  }
  return sum;
}

/** The loss of a step: a number, or on a device the tensor itself. */
export const lossOf = (value: tf.Tensor): number | tf.Tensor =>
  isOnDevice() ? value : (hostArray(value)[0] as number);

/** Notes what a loss is a function of, where its step is measured when it is over. */
export const inputsHere = (): LossInputs | null => (isOnDevice() ? new LossInputs() : null);

import * as tf from '@tensorflow/tfjs';
import type { Segment } from '../src/geometry/discreteGradients/segment.js';
import type { Evaluation } from './evaluation.js';
import { tensorsOf } from './hessian/vectors.js';
import { hostArray } from './hostArray.js';
import type { MadeStep } from './measurable.js';

/** What a segment is made of: a loss that can be called again, θ and θ', and what is known of both ends. */
export interface SegmentOptions {
  readonly evaluation: Evaluation;
  readonly variables: tf.Variable[];
  /** θ; the variables themselves are at θ'. */
  readonly before: readonly tf.Tensor[];
  readonly gradients: readonly (tf.Tensor | undefined)[];
  readonly eta: number;
  readonly change: number;
  readonly changeError: number;
  /** `H(θ + sΔθ) v`; `null` where it can't be had. */
  readonly curvatureAt: (s: number, v: Float64Array) => Float64Array | null;
}

/** The numbers of tensors, one after the other, in float64. */
export function flat(tensors: readonly (tf.Tensor | undefined)[], sizes: readonly number[]): Float64Array {
  const vector = new Float64Array(sizes.reduce((sum, size) => sum + size, 0));
  let offset = 0;
  tensors.forEach((tensor, i) => {
    if (tensor) vector.set(hostArray(tensor), offset);
    offset += sizes[i] as number;
  });
  return vector;
}

type Update = Pick<MadeStep, 'variables' | 'before' | 'learningRate'>;

/** `g = Δθ/η` of a step that was made, in float64. */
export function updateOf({ variables, before, learningRate }: Update): Float64Array {
  const sizes = variables.map((variable) => variable.size);
  const theta = flat(before, sizes);
  const eta = learningRate ?? 1;
  return flat(variables, sizes).map((after, i) => (after - (theta[i] as number)) / eta);
}

/** `y` and `g` of a step that was made, in float64: two vectors of length D. */
export function vectorsOf(
  made: Update,
  gradients: readonly (tf.Tensor | undefined)[],
): { y: Float64Array; g: Float64Array } {
  const sizes = made.variables.map((variable) => variable.size);
  return { y: flat(gradients, sizes).map((value) => -value), g: updateOf(made) };
}

/** `θ + s Δθ`, the variables being at θ'. The caller disposes it. */
export const tensorsAlong = (variables: readonly tf.Variable[], before: readonly tf.Tensor[], s: number): tf.Tensor[] =>
  variables.map((variable, i) => {
    const from = hostArray(before[i] as tf.Tensor);
    const to = hostArray(variable);
    const values = Float32Array.from(from, (start, k) => start + s * ((to[k] as number) - start));
    return tf.keep(tf.tensor(values, variable.shape, 'float32'));
  });

/** The way from θ to θ', with everything that can be asked of the loss there; all of it undisturbed. Three vectors of float64. */
export function stepSegment(options: SegmentOptions): Segment {
  const { evaluation, variables, before, gradients, eta, change, changeError, curvatureAt } = options;
  const sizes = variables.map((variable) => variable.size);
  const shapes = variables.map((variable) => variable.shape);
  const theta = flat(before, sizes);
  const after = flat(variables, sizes);
  const negated = (vector: Float64Array): Float64Array => vector.map((value) => -value);
  const g = after.map((value, i) => (value - (theta[i] as number)) / eta);
  const on = (s: number): Float64Array =>
    after.map((end, i) => (theta[i] as number) + s * (end - (theta[i] as number)));

  function at<T extends number | void>(values: Float64Array, body: (loss: () => tf.Scalar) => T): T {
    return evaluation.undisturbed((loss) => {
      const tensors = tensorsOf(values, shapes);
      variables.forEach((variable, i) => {
        variable.assign(tensors[i] as tf.Tensor);
      });
      return body(loss);
    });
  }

  return {
    y: negated(flat(gradients, sizes)),
    g,
    eta,
    change,
    changeError,
    yAt: (s) => {
      let y = new Float64Array(0);
      at(on(s), (loss) => {
        const { grads } = tf.variableGrads(loss, variables);
        const found = variables.map((variable) => grads[variable.name]);
        y = negated(flat(found, sizes)) as Float64Array<ArrayBuffer>;
      });
      return y;
    },
    curvatureAt: (s) => curvatureAt(s, g),
    lossAfter: (count) =>
      at(
        theta.map((value, i) => (i < count ? (after[i] as number) : value)),
        (loss) => hostArray(loss())[0] as number,
      ),
  };
}

import * as tf from '@tensorflow/tfjs';
import type { Segment } from '../src/geometry/discreteGradients/segment.js';
import { type Arithmetic, resultOf } from './arithmetic.js';
import { copyOnDevice } from './copyOnDevice.js';
import type { Evaluation } from './evaluation.js';
import { gradientsOf } from './lossGradients.js';
import type { Reads } from './hessian/reads.js';
import { tensorsOf } from './hessian/vectors.js';
import { isOnDevice } from './isOnDevice.js';
import type { MadeStep } from './measurable.js';

/** What a segment is made of: a loss that can be called again, θ and θ', and what is known of both ends. */
export interface SegmentOptions {
  readonly made: Ends & Pick<MadeStep, 'gradients'>;
  readonly way: Way;
  readonly evaluation: Evaluation;
  readonly arithmetic: Arithmetic;
  readonly change: number;
  readonly changeError: number;
  /** `H(θ + sΔθ) v`; `null` where it can't be had. */
  readonly curvatureAt: (s: number, v: Float64Array) => Reads<Float64Array | null>;
}

/** θ, θ' and `g = Δθ/η` of a step that was made, in float64: three vectors of length D. */
export interface Way {
  readonly theta: Float64Array;
  readonly after: Float64Array;
  readonly g: Float64Array;
}

/** A step's θ and θ'. */
type Ends = Pick<MadeStep, 'variables' | 'before' | 'after' | 'learningRate'>;
type Tensors = readonly (tf.Tensor | undefined)[];

/** The numbers of tensors, one after the other, in float64; where there is none, zeros. */
function* flat(tensors: Tensors, sizes: readonly number[]): Reads<Float64Array> {
  const given = yield tensors.filter((tensor) => tensor !== undefined);
  if (tensors.every((tensor) => tensor !== undefined)) return given;
  const vector = new Float64Array(sizes.reduce((sum, size) => sum + size, 0));
  let [from, to] = [0, 0];
  sizes.forEach((size, i) => {
    if (tensors[i]) {
      vector.set(given.subarray(from, from + size), to);
      from += size;
    }
    to += size;
  });
  return vector;
}

/** The same of tensors of the training: to read one back moves it off the device, so that a copy is read. */
function* flatOfTraining(tensors: Tensors, sizes: readonly number[]): Reads<Float64Array> {
  if (!isOnDevice()) return yield* flat(tensors, sizes);
  const copies = tensors.map((tensor) => tensor && copyOnDevice(tensor));
  try {
    return yield* flat(copies, sizes);
  } finally {
    tf.dispose(copies.filter((copy) => copy !== undefined));
  }
}

const sizesOf = ({ variables }: Ends): number[] => variables.map((variable) => variable.size);

/** Reads both ends of a step. */
export function* wayOf(made: Ends): Reads<Way> {
  const sizes = sizesOf(made);
  const theta = yield* flatOfTraining(made.before, sizes);
  const after = yield* flatOfTraining(made.after, sizes);
  const eta = made.learningRate ?? 1;
  return { theta, after, g: after.map((value, i) => (value - (theta[i] as number)) / eta) };
}

/** `y` and `g` of a step that was made, in float64: two vectors of length D. */
export function* vectorsOf(made: Ends, gradients: Tensors): Reads<{ y: Float64Array; g: Float64Array }> {
  const y = negated(yield* flatOfTraining(gradients, sizesOf(made)));
  const { g } = yield* wayOf(made);
  return { y, g };
}

/** `θ + s Δθ` as tensors of the variables' shapes. The caller disposes them. */
export const tensorsAlong = ({ theta, after }: Way, variables: readonly tf.Variable[], s: number): tf.Tensor[] =>
  tensorsOf(
    between(theta, after, s),
    variables.map((variable) => variable.shape),
  ).map((each) => tf.keep(each));

const between = (theta: Float64Array, after: Float64Array, s: number): Float64Array =>
  theta.map((start, i) => start + s * ((after[i] as number) - start));

const negated = (vector: Float64Array): Float64Array => vector.map((value) => -value);

/** The way from θ to θ', with everything that can be asked of the loss there; all of it undisturbed. One vector of float64 besides its way. */
export function* stepSegment({
  made,
  way,
  evaluation,
  arithmetic,
  change,
  changeError,
  curvatureAt,
}: SegmentOptions): Reads<Segment<readonly tf.Tensor[], Float64Array>> {
  const { variables } = made;
  const sizes = sizesOf(made);
  const shapes = variables.map((variable) => variable.shape);
  const { theta, after, g } = way;

  /** What `body` gives where the variables have other values; it keeps the tensors it gives. */
  const at = <T>(values: Float64Array, body: (loss: () => tf.Scalar) => T): T =>
    evaluation.outcome((loss) => {
      const tensors = tensorsOf(values, shapes);
      variables.forEach((variable, i) => {
        variable.assign(tensors[i] as tf.Tensor);
      });
      return body(loss);
    });

  return {
    y: negated(yield* flatOfTraining(made.gradients ?? [], sizes)),
    g,
    eta: made.learningRate ?? 1,
    change,
    changeError,
    *yAt(s) {
      const found = at(between(theta, after, s), (loss) =>
        gradientsOf(loss, variables).map((gradient) => gradient && tf.keep(gradient)),
      );
      try {
        return negated(yield* flat(found, sizes));
      } finally {
        tf.dispose(found.filter((each) => each !== undefined));
      }
    },
    curvatureAt: (s) => curvatureAt(s, g),
    *lossAfter(count) {
      const values = theta.map((value, i) => (i < count ? (after[i] as number) : value));
      return yield* resultOf(at(values, (loss) => arithmetic.scalar(loss())));
    },
  };
}

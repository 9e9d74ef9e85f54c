import * as tf from '@tensorflow/tfjs';
import type { LossInputs } from './lossInputs.js';
import { kernelRules } from './kernelRules.js';
import { type KernelRun, type KernelWatcher, watchKernels } from './kernelWatch.js';
import type { KernelCall } from './tangentRule.js';

/** The loss is not a number. */
export class NotAScalar extends TypeError {
  constructor(shape: readonly number[]) {
    super(`expected \`loss\` to return a scalar, got a tensor of shape [${shape.join()}]`);
  }
}

/** A loss and where it is differentiated. */
export interface Point {
  readonly loss: () => tf.Scalar;
  readonly variables: readonly tf.Variable[];
  /** Values to take for the variables, in their shapes; the variables themselves stay as they are. @default their own */
  readonly at?: readonly tf.Tensor[] | undefined;
  /** Notes, and stands in for, what else the loss is a function of. */
  readonly inputs?: LossInputs | undefined;
}

/** What one evaluation of the gradient, its direction followed along, gives. The tensors belong to the caller. */
export interface ExactProduct {
  readonly value: tf.Scalar;
  readonly gradient: tf.Tensor[];
  readonly product: tf.Tensor[];
  /** The derivative of the loss along the vectors, by the forward rules alone; the gradient must agree with it. */
  readonly slope: tf.Tensor;
  /** Kernels that moved along with the vectors. */
  readonly followed: ReadonlySet<string>;
  /** Those whose derivative is not known: empty, or the product means nothing. */
  readonly unknown: ReadonlySet<string>;
}

/** Another rounding of what a kernel has put out: a factor near 1 for each element; `null`: the kernel does not round. */
export type Rounding = (kernel: string, output: tf.Tensor) => tf.Tensor | null;

/**
 * Follows a direction through every kernel that runs: the tangent of each output is computed from those of the inputs as soon
 * as the kernel has run. Followed through the forward and the backward pass of a gradient it ends in `H v`.
 */
class Tangents implements KernelWatcher {
  readonly followed = new Set<string>();
  readonly unknown = new Set<string>();
  readonly #of = new Map<number, tf.Tensor>();
  readonly #uses = new Map<tf.Tensor, number>();
  readonly #moving = new WeakSet<object>();
  readonly substitute: (input: tf.Tensor) => tf.Tensor;

  readonly #rounding: Rounding | undefined;

  constructor(
    sources: readonly tf.Tensor[],
    vectors: readonly tf.Tensor[],
    substitute: (input: tf.Tensor) => tf.Tensor,
    rounding: Rounding | undefined,
  ) {
    this.substitute = substitute;
    this.#rounding = rounding;
    sources.forEach((source, i) => {
      const vector = vectors[i] as tf.Tensor;
      // One use more than is ever given back: the vectors are the caller's.
      this.#uses.set(vector, (this.#uses.get(vector) ?? 0) + 1);
      this.#set(source, vector);
    });
  }

  of(tensor: tf.Tensor): tf.Tensor | undefined {
    return this.#of.get(tensor.id);
  }

  factor(kernel: string, output: tf.Tensor): tf.Tensor | null {
    return this.#of.has(output.id) ? this.#rounded(kernel, output) : null;
  }

  #rounded(kernel: string, output: tf.Tensor): tf.Tensor | null {
    return this.#rounding?.(kernel, output) ?? null;
  }

  ran({ kernel, inputs, attrs, outputs, run }: KernelRun): void {
    const tangents: Record<string, tf.Tensor> = {};
    for (const [name, input] of Object.entries(inputs)) {
      const tangent = input && this.#of.get(input.id);
      if (tangent) tangents[name] = tangent;
    }
    if (Object.keys(tangents).length === 0) return;
    this.followed.add(kernel);
    const known = kernelRules[kernel];
    if (!known) {
      this.unknown.add(kernel);
      return;
    }
    const rounded = outputs.map((output) => {
      const factor = this.#rounded(kernel, output);
      return factor ? tf.mul(output, factor) : output;
    });
    const call: KernelCall = { kernel, inputs, attrs, outputs: rounded, tangents, run };
    try {
      known.rule(call).forEach((tangent, i) => this.#set(outputs[i] as tf.Tensor, tf.keep(tangent)));
    } catch {
      // A form of the kernel that the rule does not know, or a kernel that the rule needs and the backend has not.
      this.unknown.add(kernel);
    }
  }

  copied(original: tf.Tensor, copy: tf.Tensor): void {
    const tangent = this.#of.get(original.id);
    if (tangent) this.#set(copy, tangent);
  }

  read(dataId: object): void {
    if (this.#moving.has(dataId)) this.unknown.add('a value read back');
  }

  disposed(tensor: tf.Tensor): void {
    const tangent = this.#of.get(tensor.id);
    if (!tangent || !tensor.isDisposed) return;
    this.#of.delete(tensor.id);
    this.#release(tangent);
  }

  /** Lets go of all tangents. */
  dispose(): void {
    const held = [...this.#of.values()];
    this.#of.clear();
    for (const tangent of held) this.#release(tangent);
  }

  #set(tensor: tf.Tensor, tangent: tf.Tensor): void {
    this.#of.set(tensor.id, tangent);
    this.#moving.add(tensor.dataId);
    this.#uses.set(tangent, (this.#uses.get(tangent) ?? 0) + 1);
  }

  #release(tangent: tf.Tensor): void {
    const uses = (this.#uses.get(tangent) ?? 0) - 1;
    this.#uses.set(tangent, uses);
    if (uses > 0) return;
    this.#uses.delete(tangent);
    tangent.dispose();
  }
}

/** What stands in for a tensor that a kernel is given: the values at the point for the variables, held inputs for inputs. */
export function substitution({ variables, at, inputs }: Point): (input: tf.Tensor) => tf.Tensor {
  const values = new Map(at?.map((value, i) => [(variables[i] as tf.Variable).id, value]));
  return (input) => values.get(input.id) ?? inputs?.substitute(input) ?? input;
}

/**
 * `H v` by following `v` through the gradient as it is computed: forward over reverse. Costs one gradient and one tangent of
 * each of its kernels, together at most about three gradients. Calls the loss once, changes nothing that is registered, moves no variable.
 *
 * @param rounding perturbs every kernel's output: what the product then changes by is what rounding does to it.
 * @throws WatchedError what the loss or its gradient threw, with the kernel it came from.
 */
export function exactProduct(point: Point, vectors: readonly tf.Tensor[], rounding?: Rounding): ExactProduct {
  const sources = (point.at ?? point.variables) as tf.Tensor[];
  const tangents = new Tangents(sources, vectors, substitution(point), rounding);
  try {
    const { value, gradient, product, slope } = watchKernels(tangents, () =>
      tf.tidy(() => {
        const { value, grads } = tf.engine().gradients(point.loss, sources, undefined, true);
        if (value.size !== 1) throw new NotAScalar(value.shape);
        const owned = (tensor: tf.Tensor | undefined, shape: number[]): tf.Tensor =>
          tensor ? tf.reshape(tensor, shape) : tf.zeros(shape);
        return {
          value,
          gradient: sources.map((source, i) => owned(grads[i], source.shape)),
          product: sources.map((source, i) => owned(grads[i] && tangents.of(grads[i]), source.shape)),
          slope: owned(tangents.of(value), value.shape),
        };
      }),
    );
    return { value, gradient, product, slope, followed: tangents.followed, unknown: tangents.unknown };
  } finally {
    tangents.dispose();
  }
}

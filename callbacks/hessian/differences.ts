import * as tf from '@tensorflow/tfjs';
import { type Point, substitution } from './exactProduct.js';
import { kernelRules } from './kernelRules.js';
import { type KernelRun, type KernelWatcher, watchKernels } from './kernelWatch.js';
import type { Reads } from './reads.js';

/** A gradient at a displaced point. The tensors belong to the caller. */
interface Displaced {
  readonly value: tf.Scalar;
  readonly gradient: tf.Tensor[];
}

/** Sees, from run to run, whether a kernel with kinks has come to lie on another piece than in the first run. */
class Branches {
  readonly #first: tf.Tensor[] = [];
  readonly #changes: tf.Tensor[] = [];
  #runs = 0;
  #otherwise = false;

  /** A watcher for the next run, in which the variables are at other values. */
  watcher(substitute: (input: tf.Tensor) => tf.Tensor): KernelWatcher {
    const run = this.#runs++;
    let next = 0;
    return {
      substitute,
      ran: (call) => {
        const branch = branchOf(call);
        if (!branch) return;
        const position = next++;
        if (run === 0) this.#first.push(tf.keep(tf.cast(branch, 'float32')));
        else this.#compare(branch, this.#first[position]);
      },
    };
  }

  #compare(branch: tf.Tensor, first: tf.Tensor | undefined): void {
    if (!first || !tf.util.arraysEqual(branch.shape, first.shape)) {
      this.#otherwise = true;
      return;
    }
    this.#changes.push(tf.keep(tf.sum(tf.cast(tf.notEqual(tf.cast(branch, 'float32'), first), 'float32'))));
  }

  /** How many elements changed their piece, over all runs; infinite if the runs went different ways. */
  *crossings(): Reads<number> {
    if (this.#otherwise) return Infinity;
    if (this.#changes.length === 0) return 0;
    // No addN: of more than seven it is none on webgpu.
    const counts = tf.tidy(() => tf.sum(tf.stack(this.#changes)));
    try {
      return (yield [counts])[0] as number;
    } finally {
      counts.dispose();
    }
  }

  dispose(): void {
    tf.dispose(this.#first);
    tf.dispose(this.#changes);
  }
}

const branchOf = (call: KernelRun): tf.Tensor | null =>
  kernelRules[call.kernel]?.branches?.({ ...call, tangents: {} }) ?? null;

/** Central differences of the gradient along a direction, with two step lengths. The tensors belong to the caller. */
export interface Differences {
  /** `(∇L(θ + hv) − ∇L(θ − hv))/2h`, and the same with half the step. */
  readonly whole: tf.Tensor[];
  readonly half: tf.Tensor[];
  /** `∇L(θ + hv) + ∇L(θ − hv) − 2∇L(θ)`, and with half the step: on a smooth loss four times smaller. */
  readonly bend: tf.Tensor[];
  readonly halfBend: tf.Tensor[];
  /** `(L(θ + hv) − L(θ − hv))/2h`. */
  readonly slope: tf.Tensor;
  /** `L(θ)` and `∇L(θ)`. */
  readonly value: tf.Scalar;
  readonly gradient: tf.Tensor[];
  /** Elements of kernels with kinks that changed their piece on the way. */
  readonly crossings: number;
  readonly step: number;
}

/**
 * `H v` by central differences with steps `h` and `h/2`. The variables do not move: other tensors stand in for them while the
 * kernels run. Costs five gradients.
 *
 * @param step `h`, for `vectors` as they are.
 */
export function* centralDifferences(point: Point, vectors: readonly tf.Tensor[], step: number): Reads<Differences> {
  const branches = new Branches();
  const sources = point.at ?? point.variables;
  const at = (h: number): Displaced =>
    tf.tidy(() => {
      const theta = sources.map((source, i) =>
        h === 0 ? tf.reshape(source, source.shape) : tf.add(source, tf.mul(vectors[i] as tf.Tensor, h)),
      );
      const { value, grads } = watchKernels(branches.watcher(substitution({ ...point, at: theta })), () =>
        tf.engine().gradients(point.loss, theta, undefined, true),
      );
      return { value, gradient: theta.map((from, i) => grads[i] ?? tf.zeros(from.shape)) };
    });
  try {
    const results = tf.tidy(() => {
      const [here, above, below, halfAbove, halfBelow] = [0, step, -step, step / 2, -step / 2].map(at) as [
        Displaced,
        Displaced,
        Displaced,
        Displaced,
        Displaced,
      ];
      const difference = (left: Displaced, right: Displaced, h: number): tf.Tensor[] =>
        left.gradient.map((value, i) => tf.div(tf.sub(value, right.gradient[i] as tf.Tensor), 2 * h));
      const bend = (left: Displaced, right: Displaced): tf.Tensor[] =>
        left.gradient.map((value, i) => {
          const middle = here.gradient[i] as tf.Tensor;
          return tf.add(tf.sub(value, middle), tf.sub(right.gradient[i] as tf.Tensor, middle));
        });
      return {
        whole: difference(above, below, step),
        half: difference(halfAbove, halfBelow, step / 2),
        bend: bend(above, below),
        halfBend: bend(halfAbove, halfBelow),
        slope: tf.div(tf.sub(above.value, below.value), 2 * step),
        value: here.value,
        gradient: here.gradient,
      };
    });
    return { ...results, crossings: yield* branches.crossings(), step };
  } finally {
    branches.dispose();
  }
}

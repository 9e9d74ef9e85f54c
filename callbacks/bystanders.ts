import * as tf from '@tensorflow/tfjs';
import { alias } from './alias.js';
import { whileNotingReads } from './assignments.js';
import { whileReplaced } from './whileReplaced.js';
import { hostArray } from './hostArray.js';

/** Variables that the loss reads besides those of the rule: a rule that moves one of them does more than it was named for. */
export class Bystanders {
  readonly #read = new Set<tf.Variable>();
  readonly #before = new Map<tf.Variable, tf.Tensor>();

  constructor(private readonly named: readonly tf.Variable[]) {}

  /** The loss, noting what its kernels read. What it writes itself (averages of batch normalization) is its own affair. */
  noting(loss: () => tf.Scalar): tf.Scalar {
    const written = new Set<tf.Variable>();
    const prototype = tf.Variable.prototype as tf.Variable;
    const assign: (value: tf.Tensor) => void = prototype.assign;
    const assigned = function (this: tf.Variable, value: tf.Tensor): void {
      written.add(this);
      assign.call(this, value);
    };
    try {
      return whileReplaced(prototype, 'assign', assigned, () => whileNotingReads(this.#read, loss));
    } finally {
      for (const variable of written) this.#read.delete(variable);
    }
  }

  /** Keeps what they hold now. Costs nothing but where there are any, and no copies. */
  keep(): void {
    for (const variable of this.#read) {
      if (!this.named.includes(variable)) this.#before.set(variable, alias(variable));
    }
  }

  /** The first whose numbers are others than were kept; `null`: none. */
  changed(): tf.Variable | null {
    for (const [variable, before] of this.#before) {
      if (variable.isDisposed) return variable;
      // An assignment is cheap to see; numbers are only compared where there was one.
      if (variable.dataId === before.dataId) continue;
      const old = Float32Array.from(hostArray(before));
      if (hostArray(variable).some((value, i) => !Object.is(value, old[i]))) return variable;
    }
    return null;
  }

  dispose(): void {
    tf.dispose([...this.#before.values()]);
    this.#before.clear();
  }
}

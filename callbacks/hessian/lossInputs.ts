import * as tf from '@tensorflow/tfjs';
import { alias } from '../alias.js';

/**
 * The tensors a loss is a function of besides its variables: what its kernels were given and had not made themselves. Held, the
 * loss can be called after the batch has been disposed, and gives what it gave.
 */
export class LossInputs {
  readonly #seen = new Map<number, tf.Tensor>();
  readonly #held = new Map<number, tf.Tensor>();
  /** What is older than this was there before the loss was called: tensors are numbered in the order they are made. */
  readonly #first = tf.tidy(() => tf.scalar(0).id);

  /** Stands in for an input of a kernel. */
  substitute(input: tf.Tensor): tf.Tensor {
    const held = this.#held.get(input.id);
    if (held) return held;
    if (input.id < this.#first && !input.isDisposed) this.#seen.set(input.id, input);
    return input;
  }

  /** Keeps the data of all inputs seen so far; no copy. */
  hold(): void {
    for (const [id, input] of this.#seen)
      if (!input.isDisposed && !this.#held.has(id)) this.#held.set(id, alias(input));
    this.#seen.clear();
  }

  get isHeld(): boolean {
    return this.#held.size > 0;
  }

  dispose(): void {
    tf.dispose([...this.#held.values()]);
    this.#held.clear();
    this.#seen.clear();
  }
}

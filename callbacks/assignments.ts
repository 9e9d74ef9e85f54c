import * as tf from '@tensorflow/tfjs';
import { alias } from './alias.js';
import { whileNotingKernels } from './notingKernels.js';
import { whileReplaced } from './whileReplaced.js';
import { optimizerState } from './optimizerState.js';

/** What TensorFlow.js' own optimizers change besides what they train is a state of theirs, not the rule's. */
const optimizers = [
  tf.SGDOptimizer,
  tf.MomentumOptimizer,
  tf.RMSPropOptimizer,
  tf.AdagradOptimizer,
  tf.AdadeltaOptimizer,
  tf.AdamOptimizer,
  tf.AdamaxOptimizer,
] as const;

const entrances: readonly (readonly [owner: object, method: string])[] = [
  [tf.Optimizer.prototype, 'minimize'],
  ...optimizers.map((each) => [each.prototype, 'applyGradients'] as const),
];

/**
 * Notes which variables are assigned while something runs, and puts them back, bit for bit, as well as the state of the optimizers
 * that did it. Holds their data, copies nothing.
 */
export class Assignments {
  readonly #before = new Map<tf.Variable, tf.Tensor>();
  readonly #byHand = new Set<tf.Variable>();
  readonly #optimizers = new Map<unknown, () => void>();
  #depth = 0;
  #misfit: string | null = null;

  /** Runs `body`; what it throws passes through. */
  run<T>(body: () => T): T {
    const prototype = tf.Variable.prototype as tf.Variable;
    const { assign } = prototype;
    const noted = (variable: tf.Variable, value: tf.Tensor): void => {
      if (!this.#before.has(variable)) this.#before.set(variable, alias(variable));
      if (this.#depth === 0) this.#byHand.add(variable);
      if (value.dtype !== variable.dtype || String(value.shape) !== String(variable.shape))
        this.#misfit ??= `"${variable.name}" from ${described(variable)} to ${described(value)}`;
    };
    const replacement = function (this: tf.Variable, value: tf.Tensor): void {
      noted(this, value);
      assign.call(this, value);
    };
    return whileReplaced(prototype, 'assign', replacement, () => this.#insideOptimizers(entrances, body));
  }

  #insideOptimizers<T>([entrance, ...others]: typeof entrances, body: () => T): T {
    if (entrance === undefined) return body();
    const [owner, method] = entrance;
    const original = Reflect.get(owner, method) as (...given: unknown[]) => unknown;
    const enter = (optimizer: object): void => {
      this.#depth++;
      if (!this.#optimizers.has(optimizer)) this.#optimizers.set(optimizer, optimizerState(optimizer));
    };
    const leave = (): void => {
      this.#depth--;
    };
    const counted = function (this: object, ...given: unknown[]): unknown {
      enter(this);
      try {
        return original.apply(this, given);
      } finally {
        leave();
      }
    };
    return whileReplaced(owner, method, counted, () => this.#insideOptimizers(others, body));
  }

  /** An assignment that TensorFlow.js refuses, as it would change a variable's shape or type. */
  get misfit(): string | null {
    return this.#misfit;
  }

  /** Every variable that was assigned, and whether it was assigned by anybody but an optimizer. */
  *[Symbol.iterator](): Generator<readonly [variable: tf.Variable, byHand: boolean]> {
    for (const variable of this.#before.keys()) yield [variable, this.#byHand.has(variable)];
  }

  /** Every variable holds again what it held before it was assigned. May be called again. */
  restore(): void {
    for (const [variable, value] of this.#before) {
      if (!variable.isDisposed) variable.assign(value);
      value.dispose();
    }
    for (const restore of this.#optimizers.values()) restore();
    this.#before.clear();
    this.#byHand.clear();
    this.#optimizers.clear();
  }
}

const described = ({ dtype, shape }: tf.Tensor): string => `${dtype} [${String(shape)}]`;

/** Runs `body` and adds to `found` every variable that one of its kernels reads. */
export const whileNotingReads = <T>(found: Set<tf.Variable>, body: () => T): T =>
  whileNotingKernels((_, inputs) => {
    for (const input of Object.values(inputs).flat()) if (input instanceof tf.Variable) found.add(input as tf.Variable);
  }, body);

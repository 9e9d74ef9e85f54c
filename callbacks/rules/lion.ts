import type * as tf from '@tensorflow/tfjs';
import { expectKnown } from '../../src/expectKnown.js';
import { learnWith } from './learnWith.js';
import { requireNumber } from './requirement.js';
import type { Rule } from './rule.js';
import { SlotOptimizer, type SlotStep } from './slotOptimizer.js';

export interface LionOptions {
  /** Weight of the momentum in the step, in [0, 1). @default 0.9 */
  readonly beta1?: number;
  /** Memory of the momentum, in [0, 1). @default 0.99 */
  readonly beta2?: number;
  /** λ of `θ ← θ − η λ θ`. @default 0 */
  readonly weightDecay?: number;
}

/** `θ ← θ − η (sign(β₁m + (1−β₁)∇L) + λθ)`, then `m ← β₂m + (1−β₂)∇L` (Chen et al., 2023). */
export class LionOptimizer extends SlotOptimizer {
  static readonly className = 'Lion';
  protected readonly slotNames = ['m'] as const;
  readonly beta1: number;
  readonly beta2: number;
  readonly weightDecay: number;

  constructor(learningRate: number, options: LionOptions = {}) {
    super('lion', learningRate);
    expectKnown('lion', options, ['beta1', 'beta2', 'weightDecay']);
    const { beta1 = 0.9, beta2 = 0.99, weightDecay = 0 } = options;
    requireNumber('lion', 'beta1', beta1, 'a number in [0, 1)', beta1 >= 0 && beta1 < 1);
    requireNumber('lion', 'beta2', beta2, 'a number in [0, 1)', beta2 >= 0 && beta2 < 1);
    requireNumber('lion', 'weightDecay', weightDecay, 'a number >= 0', weightDecay >= 0);
    [this.beta1, this.beta2, this.weightDecay] = [beta1, beta2, weightDecay];
  }

  protected override step(gradient: tf.Tensor, value: tf.Variable, slots: readonly tf.Variable[]): SlotStep {
    const { beta1, beta2, weightDecay, learningRate } = this;
    const m = slots[0] as tf.Variable;
    const direction = m
      .mul(beta1)
      .add(gradient.mul(1 - beta1))
      .sign();
    return {
      change: direction.add(value.mul(weightDecay)).mul(-learningRate),
      slots: [m.mul(beta2).add(gradient.mul(1 - beta2))],
    };
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { learningRate, beta1, beta2, weightDecay } = this;
    return { learningRate, beta1, beta2, weightDecay };
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    // TensorFlow.js puts things of its own beside them.
    const { learningRate, beta1, beta2, weightDecay } = config;
    return new cls(learningRate, { beta1, beta2, weightDecay });
  }
}

/** Lion: the sign of a momentum. One slot a variable; every entry moves by η. */
export const lion = (learningRate: number, options?: LionOptions): LionOptimizer =>
  new LionOptimizer(learningRate, options);

export const lionRule: Rule = {
  name: 'lion',
  learning: true,
  description: 'the sign of a momentum: every weight moves by the same amount',
  learningRate: 0.01,
  start: (problem) => learnWith('lion', problem, (rate) => lion(rate)),
};

import type * as tf from '@tensorflow/tfjs';
import { expectKnown } from '../../src/expectKnown.js';
import { learnWith } from './learnWith.js';
import { requireNumber } from './requirement.js';
import type { Rule } from './rule.js';
import { SlotOptimizer, type SlotStep } from './slotOptimizer.js';

export interface AdamWOptions {
  /** In [0, 1). @default 0.9 */
  readonly beta1?: number;
  /** In [0, 1). @default 0.999 */
  readonly beta2?: number;
  /** Is added to the root. @default 1e-8 */
  readonly epsilon?: number;
  /** λ of `θ ← θ − η λ θ`, beside the gradient. @default 0.01 */
  readonly weightDecay?: number;
}

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter, 2019): `m ← β₁m + (1−β₁)∇L`, `v ← β₂v + (1−β₂)∇L²`,
 * `θ ← θ − η (m/(1−β₁ᵗ) / (√(v/(1−β₂ᵗ)) + ε) + λ θ)`. The decay is scaled by η, as most implementations do.
 */
export class AdamWOptimizer extends SlotOptimizer {
  static readonly className = 'AdamW';
  protected readonly slotNames = ['m', 'v'] as const;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;

  constructor(learningRate: number, options: AdamWOptions = {}) {
    super('adamW', learningRate);
    expectKnown('adamW', options, ['beta1', 'beta2', 'epsilon', 'weightDecay']);
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 } = options;
    requireNumber('adamW', 'beta1', beta1, 'a number in [0, 1)', beta1 >= 0 && beta1 < 1);
    requireNumber('adamW', 'beta2', beta2, 'a number in [0, 1)', beta2 >= 0 && beta2 < 1);
    requireNumber('adamW', 'epsilon', epsilon, 'a number > 0', epsilon > 0);
    requireNumber('adamW', 'weightDecay', weightDecay, 'a number >= 0', weightDecay >= 0);
    [this.beta1, this.beta2, this.epsilon, this.weightDecay] = [beta1, beta2, epsilon, weightDecay];
  }

  protected override step(gradient: tf.Tensor, value: tf.Variable, slots: readonly tf.Variable[]): SlotStep {
    const { beta1, beta2, epsilon, weightDecay, learningRate } = this;
    const [m, v] = slots as readonly [tf.Variable, tf.Variable];
    const time = this.iterations + 1;
    const first = m.mul(beta1).add(gradient.mul(1 - beta1));
    const second = v.mul(beta2).add(gradient.square().mul(1 - beta2));
    const direction = first.div(1 - beta1 ** time).div(
      second
        .div(1 - beta2 ** time)
        .sqrt()
        .add(epsilon),
    );
    return { change: direction.add(value.mul(weightDecay)).mul(-learningRate), slots: [first, second] };
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { learningRate, beta1, beta2, epsilon, weightDecay } = this;
    return { learningRate, beta1, beta2, epsilon, weightDecay };
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    // TensorFlow.js puts things of its own beside them.
    const { learningRate, beta1, beta2, epsilon, weightDecay } = config;
    return new cls(learningRate, { beta1, beta2, epsilon, weightDecay });
  }
}

/** Adam with decoupled weight decay. Two slots a variable. */
export const adamW = (learningRate: number, options?: AdamWOptions): AdamWOptimizer =>
  new AdamWOptimizer(learningRate, options);

export const adamWRule: Rule = {
  name: 'adamw',
  learning: true,
  description: 'Adam, and the weights shrink by themselves (λ = 0.01)',
  learningRate: 0.05,
  start: (problem) => learnWith('adamW', problem, (rate) => adamW(rate)),
};

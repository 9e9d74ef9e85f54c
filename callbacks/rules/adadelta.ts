import type * as tf from '@tensorflow/tfjs';
import { expectKnown } from '../../src/expectKnown.js';
import { learnWith } from './learnWith.js';
import { requireNumber } from './requirement.js';
import type { Rule } from './rule.js';
import { SlotOptimizer, type SlotStep } from './slotOptimizer.js';

export interface AdadeltaOptions {
  /** Memory of the averages, in [0, 1). @default 0.95 */
  readonly rho?: number;
  /** Under both roots, > 0. @default 1e-6 */
  readonly epsilon?: number;
}

/**
 * `E ← ρE + (1−ρ)∇L²`, `u = √(U + ε)/√(E + ε) ∇L`, `U ← ρU + (1−ρ)u²`, `θ ← θ − η u` (Zeiler, 2012). `tf.train.adadelta` takes `E` from
 * before the step, which makes it gradient descent.
 */
export class AdadeltaOptimizer extends SlotOptimizer {
  /** Not `Adadelta`, which is registered for the other one. */
  static readonly className = 'ZeilerAdadelta';
  protected readonly slotNames = ['gradients', 'updates'] as const;
  readonly rho: number;
  readonly epsilon: number;

  constructor(learningRate: number, options: AdadeltaOptions = {}) {
    super('adadelta', learningRate);
    expectKnown('adadelta', options, ['rho', 'epsilon']);
    const { rho = 0.95, epsilon = 1e-6 } = options;
    requireNumber('adadelta', 'rho', rho, 'a number in [0, 1)', rho >= 0 && rho < 1);
    requireNumber('adadelta', 'epsilon', epsilon, 'a number > 0', epsilon > 0);
    [this.rho, this.epsilon] = [rho, epsilon];
  }

  protected override step(gradient: tf.Tensor, _: tf.Variable, slots: readonly tf.Variable[]): SlotStep {
    const { rho, epsilon } = this;
    const [gradients, updates] = slots as readonly [tf.Variable, tf.Variable];
    const newGradients = gradients.mul(rho).add(gradient.square().mul(1 - rho));
    const update = updates.add(epsilon).sqrt().div(newGradients.add(epsilon).sqrt()).mul(gradient);
    return {
      change: update.mul(-this.learningRate),
      slots: [newGradients, updates.mul(rho).add(update.square().mul(1 - rho))],
    };
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { learningRate, rho, epsilon } = this;
    return { learningRate, rho, epsilon };
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    // TensorFlow.js puts things of its own beside them.
    const { learningRate, rho, epsilon } = config;
    return new cls(learningRate, { rho, epsilon });
  }
}

/** Zeiler's Adadelta. Two slots a variable. @param learningRate η, 1 in the paper */
export const adadelta = (learningRate = 1, options?: AdadeltaOptions): AdadeltaOptimizer =>
  new AdadeltaOptimizer(learningRate, options);

export const adadeltaRule: Rule = {
  name: 'adadelta',
  learning: true,
  description: 'each entry in the unit of its own steps: the root of past updates over that of past gradients',
  learningRate: 2,
  start: (problem) => learnWith('adadelta', problem, (rate) => adadelta(rate)),
};

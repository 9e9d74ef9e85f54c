import type * as tf from '@tensorflow/tfjs';
import { learnWith } from './learnWith.js';
import { requireNumber } from './requirement.js';
import type { Rule } from './rule.js';
import { SlotOptimizer, type SlotStep } from './slotOptimizer.js';

/**
 * Nesterov's accelerated gradient, written for the point the gradient is taken at: `v ← μ v + η y`, `θ ← θ + μ v + η y`
 * (Sutskever et al., 2013).
 */
export class NesterovOptimizer extends SlotOptimizer {
  static readonly className = 'Nesterov';
  protected readonly slotNames = ['velocity'] as const;

  constructor(
    learningRate: number,
    /** μ, in [0, 1). */
    readonly momentum: number,
  ) {
    super('nesterov', learningRate);
    requireNumber('nesterov', 'momentum', momentum, 'a number in [0, 1)', momentum >= 0 && momentum < 1);
  }

  protected override step(gradient: tf.Tensor, _: tf.Variable, slots: readonly tf.Variable[]): SlotStep {
    const descent = gradient.mul(-this.learningRate);
    const velocity = (slots[0] as tf.Tensor).mul(this.momentum).add(descent);
    return { change: velocity.mul(this.momentum).add(descent), slots: [velocity] };
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { learningRate: this.learningRate, momentum: this.momentum };
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    return new cls(config['learningRate'], config['momentum']);
  }
}

/** Nesterov's accelerated gradient. One slot a variable, the velocity, in units of θ. @param momentum μ in [0, 1), 0.9 */
export const nesterov = (learningRate: number, momentum = 0.9): NesterovOptimizer =>
  new NesterovOptimizer(learningRate, momentum);

export const nesterovRule: Rule = {
  name: 'nesterov',
  learning: true,
  description: 'the heavy ball, with the gradient taken where the momentum is about to carry it',
  learningRate: 0.1,
  start: (problem) => learnWith('nesterov', problem, (rate) => nesterov(rate)),
};

import type * as tf from '@tensorflow/tfjs';
import { learnWith } from './learnWith.js';
import { requireNumber } from './requirement.js';
import type { Rule } from './rule.js';
import { SlotOptimizer, type SlotStep } from './slotOptimizer.js';

/** `v ← μ v + η y`, `θ ← θ + v`, with the negative gradient `y` (Polyak, 1964). */
export class HeavyBallOptimizer extends SlotOptimizer {
  static readonly className = 'HeavyBall';
  protected readonly slotNames = ['velocity'] as const;

  constructor(
    learningRate: number,
    /** μ, in [0, 1). */
    readonly momentum: number,
  ) {
    super('heavyBall', learningRate);
    requireNumber('heavyBall', 'momentum', momentum, 'a number in [0, 1)', momentum >= 0 && momentum < 1);
  }

  protected override step(gradient: tf.Tensor, _: tf.Variable, slots: readonly tf.Variable[]): SlotStep {
    const velocity = (slots[0] as tf.Tensor).mul(this.momentum).sub(gradient.mul(this.learningRate));
    return { change: velocity, slots: [velocity] };
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

/** Polyak's heavy ball. One slot a variable, the velocity, in units of θ. @param momentum μ in [0, 1), 0.9 */
export const heavyBall = (learningRate: number, momentum = 0.9): HeavyBallOptimizer =>
  new HeavyBallOptimizer(learningRate, momentum);

export const heavyBallRule: Rule = {
  name: 'heavy ball',
  learning: true,
  description: 'a ball that rolls: the last step again, times μ = 0.9, and a step down the gradient',
  learningRate: 0.2,
  start: (problem) => learnWith('heavyBall', problem, (rate) => heavyBall(rate)),
};

import type * as tf from '@tensorflow/tfjs';
import { learnWith } from './learnWith.js';
import type { Rule } from './rule.js';
import { SlotOptimizer, type SlotStep } from './slotOptimizer.js';

/** `θ ← θ − η sign(∇L)` (Bernstein et al., 2018). */
export class SignSGDOptimizer extends SlotOptimizer {
  static readonly className = 'SignSGD';
  protected readonly slotNames = [] as const;

  constructor(learningRate: number) {
    super('signSGD', learningRate);
  }

  protected override step(gradient: tf.Tensor): SlotStep {
    return { change: gradient.sign().mul(-this.learningRate), slots: [] };
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { learningRate: this.learningRate };
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    return new cls(config['learningRate']);
  }
}

/** The sign of the gradient. Keeps nothing; every entry moves by η. */
export const signSGD = (learningRate: number): SignSGDOptimizer => new SignSGDOptimizer(learningRate);

export const signSGDRule: Rule = {
  name: 'signsgd',
  learning: true,
  description: 'the sign of the gradient: steepest descent where a step is as long as its largest entry',
  learningRate: 0.01,
  start: (problem) => learnWith('signSGD', problem, (rate) => signSGD(rate)),
};

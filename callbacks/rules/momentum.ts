import * as tf from '@tensorflow/tfjs';
import { learnWith } from './learnWith.js';
import type { Rule } from './rule.js';

export const momentumRule: Rule = {
  name: 'momentum',
  learning: true,
  description: 'gradients added up with μ = 0.9, as TensorFlow.js does it',
  learningRate: 0.2,
  start: (problem) => {
    const learner = learnWith('momentum', problem, (rate) => tf.train.momentum(rate, 0.9));
    return {
      ...learner,
      dispose: () => {
        learner.dispose();
        // Its own `dispose` forgets the scalar of the class it extends.
        tf.SGDOptimizer.prototype.dispose.call(learner.optimizer);
      },
    };
  },
};

import * as tf from '@tensorflow/tfjs';
import { learnWith } from './learnWith.js';
import type { Rule } from './rule.js';

export const adadeltaRule: Rule = {
  name: 'adadelta',
  learning: true,
  description: 'each entry in the unit of its own steps; TensorFlow.js divides by the average of before the step',
  learningRate: 1,
  start: (problem) => learnWith(problem, tf.train.adadelta(problem.learningRate, 0.95, 1e-6)),
};

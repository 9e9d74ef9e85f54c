import * as tf from '@tensorflow/tfjs';
import { learnWith } from './learnWith.js';
import type { Rule } from './rule.js';

export const sgdRule: Rule = {
  name: 'sgd',
  learning: true,
  description: 'gradient descent',
  learningRate: 0.3,
  start: (problem) => learnWith('sgd', problem, (rate) => tf.train.sgd(rate)),
};

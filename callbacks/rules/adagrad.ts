import * as tf from '@tensorflow/tfjs';
import { learnWith } from './learnWith.js';
import type { Rule } from './rule.js';

export const adagradRule: Rule = {
  name: 'adagrad',
  learning: true,
  description: 'each entry over the root of the sum of its squared gradients',
  learningRate: 0.1,
  start: (problem) => learnWith('adagrad', problem, (rate) => tf.train.adagrad(rate)),
};

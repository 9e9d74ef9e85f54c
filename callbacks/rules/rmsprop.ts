import * as tf from '@tensorflow/tfjs';
import { learnWith } from './learnWith.js';
import type { Rule } from './rule.js';

export const rmspropRule: Rule = {
  name: 'rmsprop',
  learning: true,
  description: 'each entry over the root of the running mean of its squared gradients',
  learningRate: 0.01,
  start: (problem) => learnWith('rmsprop', problem, (rate) => tf.train.rmsprop(rate)),
};

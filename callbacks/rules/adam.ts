import * as tf from '@tensorflow/tfjs';
import { learnWith } from './learnWith.js';
import type { Rule } from './rule.js';

export const adamRule: Rule = {
  name: 'adam',
  learning: true,
  description: 'running means of the gradient over the root of that of its squares',
  learningRate: 0.05,
  start: (problem) => learnWith('adam', problem, (rate) => tf.train.adam(rate)),
};

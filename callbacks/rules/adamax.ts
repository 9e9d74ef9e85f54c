import * as tf from '@tensorflow/tfjs';
import { learnWith } from './learnWith.js';
import type { Rule } from './rule.js';

export const adamaxRule: Rule = {
  name: 'adamax',
  learning: true,
  description: 'Adam with the largest recent gradient in place of the root',
  learningRate: 0.05,
  start: (problem) => learnWith('adamax', problem, (rate) => tf.train.adamax(rate)),
};

import * as tf from '@tensorflow/tfjs';
import { learnWith } from './learnWith.js';
import type { Rule } from './rule.js';

/**
 * `tf.train.adadelta` takes both of its averages from before the step; they start equal, at 0, and so stay equal for good: their ratio
 * is 1, and each step is plain gradient descent. The gallery shows it: ψ = 0, a scalar metric.
 */
export const adadeltaOfTensorFlowRule: Rule = {
  name: 'adadelta of tfjs',
  learning: true,
  description: 'tf.train.adadelta as it is: its two averages are always equal, so it is gradient descent',
  learningRate: 0.3,
  start: (problem) => learnWith('adadeltaOfTensorFlow', problem, (rate) => tf.train.adadelta(rate)),
};

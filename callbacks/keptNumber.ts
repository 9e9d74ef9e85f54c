import * as tf from '@tensorflow/tfjs';
import { untaped } from './untaped.js';

/** The one number that `body` computes, kept, by kernels that no gradient is taken of. */
export const keptNumber = (body: () => tf.Tensor): tf.Tensor1D =>
  untaped(() => tf.keep(tf.reshape<tf.Rank.R1>(body(), [1])));

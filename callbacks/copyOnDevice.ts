import * as tf from '@tensorflow/tfjs';

/** A kept copy made where the tensor lies: to read back a tensor of the training's moves it off its device. */
export const copyOnDevice = (tensor: tf.Tensor): tf.Tensor => tf.tidy(() => tf.keep(tf.add(tensor, 0)));

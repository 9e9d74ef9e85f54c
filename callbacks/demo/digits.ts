import * as tf from '@tensorflow/tfjs';

/** Digits as the MNIST files hold them: pixels 0…255, row by row. */
export interface Digits {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

/** Tensors of the first `count` digits: images `[count, 784]` in [0, 1], labels one-hot `[count, 10]`. */
export function digitTensors({ images, labels }: Digits, count: number): { xs: tf.Tensor2D; ys: tf.Tensor2D } {
  const xs = tf.tensor2d(
    Float32Array.from(images.subarray(0, count * 784), (pixel) => pixel / 255),
    [count, 784],
  );
  const hot = new Float32Array(count * 10);
  labels.subarray(0, count).forEach((label, i) => {
    hot[i * 10 + label] = 1;
  });
  return { xs, ys: tf.tensor2d(hot, [count, 10]) };
}

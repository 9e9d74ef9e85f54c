// A step for `steepest sweep`: Rosenbrock's function beside its valley.
import * as tf from '@tensorflow/tfjs';

const x = tf.variable(tf.tensor1d([-0.6, 0.9]));
export const variables = [x];
export const loss = () =>
  tf.tidy(() => {
    const [a, b] = tf.split(x, 2);
    return tf
      .add(tf.square(tf.sub(1, a)), tf.mul(100, tf.square(tf.sub(b, tf.square(a)))))
      .sum()
      .asScalar();
  });

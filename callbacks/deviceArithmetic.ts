import * as tf from '@tensorflow/tfjs';
import { copyOnDevice } from './copyOnDevice.js';
import { type Arithmetic, forEachSign } from './arithmetic.js';
import { deviceGrams } from './deviceGrams.js';

/** For tensors on a graphics device: nothing is read back here, and nothing leaves the device. */
export const deviceArithmetic: Arithmetic = {
  scalar: (tensor) => ({
    numbers: tf.tidy(() => copyOnDevice(tf.reshape(tensor, [1]))),
    read: (values) => values[0] as number,
  }),
  squaredDistance: (a, b) => ({
    numbers: tf.tidy(() => {
      const parts = a.flatMap((each, i) => {
        const other = b[i];
        if (each && other) return [tf.sum(tf.square(tf.sub(each, other)))];
        return each || other ? [tf.sum(tf.square((each ?? other) as tf.Tensor))] : [];
      });
      // No addN: of more than seven it is none on webgpu.
      return tf.keep(tf.sum(tf.stack([tf.scalar(0), ...parts])));
    }),
    read: (values) => values[0] as number,
  }),
  descent: (gradients, before, after) => {
    const names = before.map(() => '');
    const track = {
      rho: before.map(() => 0),
      thetaSquared: before.map(() => 0),
      deviceScale: { y: 1, d: 1 },
      steps: 1,
    };
    const { numbers, read } = deviceGrams({ names, gradients, before, after }, 1, track, false);
    return {
      numbers,
      read: (values) => {
        const { gram } = read(values);
        return { yd: gram?.yg ?? Number.NaN, yy: gram?.yy ?? Number.NaN };
      },
    };
  },
  displaced: (values, scale, generator) =>
    tf.tidy(() => {
      const signs = new Float32Array(values.size);
      forEachSign(values.size, generator, (i, negative) => {
        signs[i] = negative ? -scale : scale;
      });
      const floor = tf.mul(0.1, tf.sqrt(tf.mean(tf.square(values))));
      return tf.add(values, tf.mul(tf.tensor(signs, values.shape), tf.maximum(tf.abs(values), floor)));
    }),
};

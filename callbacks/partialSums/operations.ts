import * as tf from '@tensorflow/tfjs';
import { entriesInPart, run, type SumInputs, type SumSettings, trace } from './terms.js';

/** The same by some twenty operations and as many copies of the variable. */
export function sumsByOperations([gradient, start, end]: SumInputs, settings: SumSettings): tf.Tensor2D {
  const { terms, rho, scaleY, scaleD } = settings;
  const entries = entriesInPart(start.size);
  const parts = Math.ceil(start.size / entries);
  return tf.tidy(() => {
    const inRuns = (tensor: tf.Tensor): tf.Tensor => {
      const flat = tf.reshape<tf.Rank.R1>(tensor, [tensor.size]);
      return tf.reshape(tf.pad1d(flat, [0, parts * entries - tensor.size]), [parts, entries / run, run]);
    };
    const [y, from, to] = [inRuns(gradient), inRuns(start), inRuns(end)];
    const delta = tf.sub(to, from);
    // −(y − ρΔ): the part of `y` across `Δ`, which would cancel if it were taken from the sums.
    const u = tf.mul(tf.add(y, tf.mul(delta, rho)), scaleY);
    const d = tf.mul(delta, scaleD);
    const signs = tf.abs(tf.add(tf.sign(y), tf.sign(delta)));
    const nothing = tf.zerosLike(y);
    const four =
      terms === 'step'
        ? [tf.mul(u, u), tf.mul(d, d), tf.mul(u, d), tf.add(signs, tf.mul(tf.abs(y), trace))]
        : [tf.mul(to, to), tf.abs(tf.mul(tf.mul(y, scaleY), from)), nothing, nothing];
    return tf.reshape<tf.Rank.R2>(
      tf.stack(
        four.map((each) => tf.sum(tf.sum(each, 2), 1)),
        1,
      ),
      [2 * parts, 2],
    );
  });
}

// One line more in a training script: the callback.
import * as tf from '@tensorflow/tfjs';
import { monitor } from 'steepest';

const xs = tf.randomNormal([256, 8], 0, 1, 'float32', 7);
const ys = tf.tidy(() => tf.sin(xs.sum(1, true)));
const model = tf.sequential({
  layers: [tf.layers.dense({ units: 32, activation: 'tanh', inputShape: [8] }), tf.layers.dense({ units: 1 })],
});
model.compile({ optimizer: tf.train.adam(0.01), loss: 'meanSquaredError' });

const watch = monitor();
await model.fit(xs, ys, { epochs: 5, verbose: 0, callbacks: watch.callback(model) });
console.log(watch.summary());
await watch.detach();

// A rate that is far too high, the alert it raises, and an action that mends it.
import * as tf from '@tensorflow/tfjs';
import { logAlert, monitor, overshoot, scaleLearningRate } from 'steepest';

const xs = tf.randomNormal([256, 6], 0, 1, 'float32', 5);
const ys = tf.tidy(() => xs.slice([0, 0], [-1, 1]).mul(3));
const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [6] })] });
const optimizer = tf.train.sgd(1.2);
model.compile({ optimizer, loss: 'meanSquaredError' });

const watch = monitor({
  preset: 'full',
  stepSize: 'never',
  rules: [overshoot({ alarms: 2, of: 3, coolDown: 5 })],
  actions: [logAlert(console.log), scaleLearningRate(0.5)],
});
const { history } = await model.fit(xs, ys, { epochs: 8, batchSize: 64, verbose: 0, callbacks: watch.callback(model) });
console.log(
  `loss ${history.loss[0].toPrecision(3)} → ${history.loss.at(-1).toPrecision(3)}, learning rate now ${optimizer.learningRate}`,
);
await watch.detach();

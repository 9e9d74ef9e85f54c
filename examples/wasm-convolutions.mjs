// A convolutional network trains on wasm, whose own gradients for that are missing, and every step is certified.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import 'steepest/wasm-gradients';
import { monitor } from 'steepest';

await tf.setBackend('wasm');
const model = tf.sequential({
  layers: [
    tf.layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [12, 12, 1] }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 1 }),
  ],
});
model.compile({ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError' });
const xs = tf.randomNormal([64, 12, 12, 1], 0, 1, 'float32', 1);
const ys = tf.mean(xs, [1, 2]);

const watch = monitor();
await model.fit(xs, ys, { epochs: 5, verbose: 0, callbacks: watch.callback(model) });
console.log(watch.summary());
await watch.detach();

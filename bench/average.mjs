// What certifying on average costs: n draws against the n draws, losses and gradients it can't do without, interleaved in one process.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { certifyOnAverage } from 'steepest';

await tf.setBackend('wasm');
const [examples, batch, draws, rounds] = [256, 32, 64, 5];
const xs = tf.randomNormal([examples, 784], 0, 1, 'float32', 1);
const ys = tf.tidy(() => tf.oneHot(tf.randomUniform([examples], 0, 10, 'int32', 2), 10).toFloat());
const kernel = (rows, columns, seed) =>
  tf.tidy(() => tf.variable(tf.randomNormal([rows, columns], 0, 0.05, 'float32', seed)));
const variables = [kernel(784, 64, 3), kernel(64, 10, 4)];
const lossOn = (x, y) => tf.losses.softmaxCrossEntropy(y, x.matMul(variables[0]).relu().matMul(variables[1]));
const loss = () => tf.tidy(() => lossOn(xs, ys));
const optimizer = tf.train.sgd(0.05);
let at = 0;
const draw = () => {
  at = (at + batch) % (examples - batch);
  const [x, y] = [xs.slice([at, 0], [batch, 784]), ys.slice([at, 0], [batch, 10])];
  optimizer.minimize(() => lossOn(x, y), false, variables);
};

async function needed() {
  const start = performance.now();
  for (let i = 0; i < draws; i++) {
    tf.tidy(draw);
    const value = loss();
    await value.data();
    const { value: other, grads } = tf.variableGrads(loss, variables);
    for (const each of Object.values(grads)) await each.data();
    tf.dispose([value, other, grads]);
  }
  return performance.now() - start;
}

async function certified() {
  const start = performance.now();
  await certifyOnAverage({ loss, variables, draw, draws, learningRate: 0.05, stop: 'never' });
  return performance.now() - start;
}

await needed();
await certified();
const ratios = [];
for (let round = 0; round < rounds; round++) ratios.push((await certified()) / (await needed()));
ratios.sort((a, b) => a - b);
console.log(
  JSON.stringify({
    bench: 'average',
    backend: tf.getBackend(),
    parameters: 784 * 64 + 640,
    examples,
    batch,
    draws,
    ratio: Number(ratios[rounds >> 1].toFixed(3)),
    limit: 1.1,
  }),
);

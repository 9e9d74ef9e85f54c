// What certifying on average costs: n draws against the n draws, losses and gradients it can't do without.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { certifyOnAverage } from 'steepest';
import { median, quartiles, rounded } from './measure.mjs';

export async function* average({ quick }) {
  await tf.setBackend('wasm');
  const [examples, batch, draws] = [256, 32, 64];
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
  const theta = variables.map((each) => each.clone());
  /** One draw, its loss and a gradient, all read, and back to θ. */
  const needed = () => {
    tf.tidy(draw);
    const value = loss();
    value.dataSync();
    const { value: other, grads } = tf.variableGrads(loss, variables);
    for (const each of Object.values(grads)) each.dataSync();
    tf.dispose([value, other, grads]);
    variables.forEach((each, i) => each.assign(theta[i]));
  };
  /** Ratio of a whole call to what it needs. After each of its draws comes one of the others: the machine is as fast for both. */
  const ratio = async () => {
    const spent = { certified: 0, needed: 0 };
    let since = performance.now();
    const turn = (owner) => {
      const now = performance.now();
      spent[owner] += now - since;
      since = now;
    };
    const onProgress = () => {
      turn('certified');
      needed();
      turn('needed');
    };
    await certifyOnAverage({ loss, variables, draw, draws, learningRate: 0.05, stop: 'never', onProgress });
    turn('certified');
    return spent.certified / spent.needed;
  };
  await ratio();
  const found = [];
  const start = performance.now();
  while (found.length < 3 || performance.now() - start < 1000 * (quick ? 5 : 45)) found.push(await ratio());
  yield {
    bench: 'average',
    backend: 'wasm',
    parameters: variables.reduce((sum, { size }) => sum + size, 0),
    draws,
    ratio: rounded(median(found)),
    quartiles: rounded(quartiles(found)),
  };
  tf.dispose([xs, ys, variables, theta]);
  optimizer.dispose();
}

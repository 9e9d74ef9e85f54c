// What certifying on average costs: n draws against the n draws, losses and gradients it can't do without, in turns.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { certifyOnAverage } from 'steepest';
import { median, quartiles, ratios, rounded, takeTurns } from './measure.mjs';

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
  const needed = {
    step: async () => {
      const theta = variables.map((each) => each.clone());
      for (let i = 0; i < draws; i++) {
        tf.tidy(draw);
        const value = loss();
        await value.data();
        const { value: other, grads } = tf.variableGrads(loss, variables);
        for (const each of Object.values(grads)) await each.data();
        tf.dispose([value, other, grads]);
        variables.forEach((each, i) => each.assign(theta[i]));
      }
      tf.dispose(theta);
    },
  };
  const certified = {
    step: () => certifyOnAverage({ loss, variables, draw, draws, learningRate: 0.05, stop: 'never' }),
  };
  await takeTurns([needed, certified], { warmUp: 1, seconds: quick ? 5 : 40, least: 3, most: 30 });
  const ratio = ratios(certified, needed);
  yield {
    bench: 'average',
    backend: 'wasm',
    parameters: variables.reduce((sum, { size }) => sum + size, 0),
    draws,
    ratio: rounded(median(ratio)),
    quartiles: rounded(quartiles(ratio)),
  };
  tf.dispose([xs, ys, variables]);
  optimizer.dispose();
}

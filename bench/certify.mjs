// How many recorded steps are certified in a second, without TensorFlow.js.
import * as tf from '@tensorflow/tfjs';
import { monitor } from 'steepest';
import { certify as certifyStep } from 'steepest/core';
import { median, takeTurns } from './measure.mjs';

export async function* certify() {
  await tf.setBackend('cpu');
  const records = [];
  const watch = monitor({ preset: 'full', stepSize: 'never' });
  watch.steps$.subscribe((record) => records.push(record));
  const theta = [[20, 10], [10], [10, 3], [3]].map((shape) => tf.variable(tf.randomUniform(shape, -1, 1)));
  const x = tf.randomUniform([16, 20]);
  const loss = () => x.matMul(theta[0]).add(theta[1]).tanh().matMul(theta[2]).add(theta[3]).square().mean();
  const optimizer = watch.wrap(tf.train.adam(0.01));
  for (let i = 0; i < 200; i++) optimizer.minimize(loss, false, theta);
  await watch.detach();
  const step = () => {
    for (let k = 0; k < 50; k++) for (const record of records) certifyStep(record);
  };
  const contestant = { step };
  await takeTurns([contestant], { warmUp: 2, seconds: 2, least: 5, most: 50 });
  yield {
    bench: 'certify',
    variables: theta.length,
    perSecond: Math.round((50 * records.length) / (median(contestant.times) / 1000)),
  };
  tf.dispose([theta, x]);
  optimizer.dispose();
}

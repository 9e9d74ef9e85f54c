// Momentum climbs the loss now and then; its energy falls at every step while η Λ < 2(1 − μ).
import * as tf from '@tensorflow/tfjs';
import { monitor } from 'steepest';

const curvatures = tf.tensor1d([1, 0.5, 0.1]);
for (const learningRate of [0.1, 1.5]) {
  const theta = tf.variable(tf.tensor1d([3, -2, 1]));
  const watch = monitor({ preset: 'full', stepSize: 'always' });
  let [rose, fell, said] = [0, 0, null];
  watch.certificates$.subscribe(({ effective, energy }) => {
    if (effective.state === 'fails') rose++;
    if (energy.state === 'holds') fell++;
    said = energy.guaranteed;
  });
  const optimizer = watch.wrap(tf.train.momentum(learningRate, 0.9));
  for (let i = 0; i < 60; i++) optimizer.minimize(() => theta.square().mul(curvatures).sum().mul(0.5), false, [theta]);
  await watch.detach();
  console.log(
    `η = ${learningRate}: the loss rose at ${rose} of 60 steps, the energy fell at ${fell}, guaranteed: ${said}`,
  );
}

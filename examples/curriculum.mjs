// A curriculum goes from easy examples to hard ones: the loss curve shows less than the steps do. How much do they, and how much the examples?
import * as tf from '@tensorflow/tfjs';
import { monitor } from 'steepest';

const truth = [2, -1, 0.5];
const theta = tf.variable(tf.zeros([3]));
const watch = monitor({ preset: 'full', stepSize: 'never', window: 0 });
const optimizer = watch.wrap(tf.train.sgd(0.02));
for (let i = 0; i < 60; i++) {
  // Examples three times as far from the origin at the end, and their errors with them.
  const xs = tf.randomNormal([16, 3], 0, 1 + i / 30, 'float32', i + 1);
  const ys = xs.mul(truth).sum(1);
  optimizer.minimize(() => xs.mul(theta).sum(1).sub(ys).square().mean(), false, [theta]);
}
await watch.detach();
const { change, lossFirst, lossLast } = watch.summaryData();
console.log(`loss ${lossFirst.toFixed(2)} → ${lossLast.toFixed(2)}`);
console.log(`by the steps ${change.bySteps.toFixed(2)}, by harder examples ${change.byChange.toFixed(2)}`);

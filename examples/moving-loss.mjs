// With minibatches a loss curve goes up and down: how much of it do the steps do, and how much the change of batch?
import * as tf from '@tensorflow/tfjs';
import { monitor } from 'steepest';

const theta = tf.variable(tf.tensor1d([3, -2, 1]));
const batches = [tf.tensor1d([1, 0.2, 0]), tf.tensor1d([0, 1, 0.5])];
const watch = monitor({ preset: 'full', stepSize: 'never', window: 10 });
const optimizer = watch.wrap(tf.train.sgd(0.05));
for (let i = 0; i < 40; i++)
  optimizer.minimize(
    () =>
      theta
        .mul(batches[i % 2])
        .square()
        .sum(),
    false,
    [theta],
  );
await watch.detach();
const { change } = watch.summaryData();
console.log(`by the steps ${change.bySteps.toFixed(3)}, by the change of batch ${change.byChange.toFixed(3)}`);
console.log(watch.summary());

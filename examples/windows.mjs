// Two steps back and three forward: single steps fail, windows of them hold.
import * as tf from '@tensorflow/tfjs';
import { monitor } from 'steepest';

const theta = tf.variable(tf.tensor1d([3, -2, 1]));
const watch = monitor({ preset: 'full', stepSize: 'never', window: { size: 20, stride: 10 } });
watch.windows$.subscribe(({ from, step, effective, smallestEffective }) => {
  console.log(`steps ${from} to ${step}: ${effective.state}, over every ${smallestEffective} steps the loss fell`);
});
for (let i = 0; i < 40; i++) {
  await watch.observe({
    loss: () => tf.tidy(() => theta.square().sum()),
    variables: [theta],
    update: () => tf.tidy(() => theta.assign(theta.mul(i % 5 < 2 ? 1.1 : 0.8))),
  });
}
await watch.detach();
console.log(watch.summary());

// Online learning: the target moves while it is followed. A step that descends may still be too slow for it.
import * as tf from '@tensorflow/tfjs';
import { monitor } from 'steepest';
import { lossSplits } from 'steepest/core';

for (const rate of [0.02, 0.2]) {
  const theta = tf.variable(tf.tensor1d([0, 0]));
  const watch = monitor({ preset: 'full', stepSize: 'never', window: 0 });
  const extended = [];
  watch.steps$.pipe(lossSplits()).subscribe((split) => extended.push(split.extended.state));
  for (let t = 0; t < 80; t++) {
    await watch.observe({
      loss: () =>
        tf.tidy(() =>
          theta
            .sub([Math.cos(t / 10), Math.sin(t / 10)])
            .square()
            .sum(),
        ),
      variables: [theta],
      learningRate: rate,
      update: () =>
        tf.tidy(() => theta.assign(theta.sub(theta.sub([Math.cos(t / 10), Math.sin(t / 10)]).mul(2 * rate)))),
    });
  }
  await watch.detach();
  const natural = watch.summaryData().verdicts['natural-gradient'];
  const outran = extended.filter((state) => state === 'holds').length;
  console.log(`rate ${rate}: ${natural} of 80 steps descend, ${outran} of ${extended.length} outrun the target`);
}

// Certificates as they come, with the operators of RxJS.
import * as tf from '@tensorflow/tfjs';
import { bufferCount, filter, map } from 'rxjs';
import { monitor } from 'steepest';

const xs = tf.randomNormal([512, 10], 0, 1, 'float32', 3);
const ys = tf.tidy(() => tf.oneHot(xs.argMax(1).toInt(), 10).toFloat());
const model = tf.sequential({
  layers: [
    tf.layers.dense({ units: 24, activation: 'relu', inputShape: [10] }),
    tf.layers.dense({ units: 10, activation: 'softmax' }),
  ],
});
model.compile({ optimizer: 'rmsprop', loss: 'categoricalCrossentropy' });

const watch = monitor({ window: 10 });
watch.certificates$
  .pipe(
    filter(({ metric }) => metric !== null),
    map(({ metric }) => (metric.psi * 180) / Math.PI),
    bufferCount(16),
  )
  .subscribe((angles) =>
    console.log(`ψ over 16 steps: ${Math.min(...angles).toFixed(1)}° … ${Math.max(...angles).toFixed(1)}°`),
  );
watch.windows$.subscribe(({ from, step, alignment }) =>
  console.log(`steps ${from}–${step} together: alignment ${alignment.state}`),
);
await model.fit(xs, ys, { epochs: 3, verbose: 0, callbacks: watch.callback(model) });
await watch.detach();

import * as tf from '@tensorflow/tfjs';
import { show, visor } from '@tensorflow/tfjs-vis';
import { monitor } from '../../../src/index.js';

/** tfjs-vis' callbacks beside ours, in either order: are the charts drawn, and are all steps certified? */
export async function visorBeside(oursFirst: boolean): Promise<{ charts: number; epochs: number; steps: number }> {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [4] })] });
  model.compile({ optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError', metrics: ['mse'] });
  const xs = tf.randomNormal([64, 4], 0, 1, 'float32', 3);
  const ys = tf.tidy(() => tf.sum(xs, 1, true));
  const watch = monitor();
  let steps = 0;
  watch.certificates$.subscribe(() => steps++);
  const name = oursFirst ? 'Ours first' : 'Ours last';
  const theirs = show.fitCallbacks({ name, tab: 'Training' }, ['loss', 'mse'], {
    callbacks: ['onBatchEnd', 'onEpochEnd'],
  });
  const ours = watch.callback(model);
  const history = await model.fit(xs, ys, {
    batchSize: 16,
    epochs: 3,
    verbose: 0,
    callbacks: (oursFirst ? [ours, theirs] : [theirs, ours]) as tf.CustomCallbackArgs[],
  });
  await watch.detach();
  const { el } = visor();
  const charts = el.querySelectorAll('canvas, svg').length;
  tf.dispose([xs, ys]);
  model.dispose();
  return { charts, epochs: history.epoch.length, steps };
}

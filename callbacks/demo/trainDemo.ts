import * as tf from '@tensorflow/tfjs';
import { type Digits, digitTensors } from './digits.js';

/** How the demo trains. */
export interface DemoPlan {
  readonly train: Digits;
  readonly test: Digits;
  readonly epochs: number;
  readonly seed: number;
  /** Examples of training and of test. */
  readonly count: number;
  readonly testCount: number;
  readonly learningRate: number;
  /** From this epoch on (from 0) the rate is multiplied by `raise`: a failure on purpose. */
  readonly raiseAt: number;
  readonly raise: number;
  /** Makes the callback that `fit` gets. */
  readonly callback: (model: tf.LayersModel) => tf.CustomCallbackArgs;
  readonly onBatch: (batch: number, batches: number) => void;
  readonly onEpoch: (epoch: number, loss: number, accuracy: number, learningRate: number) => void;
}

const batchSize = 128;

/** Trains 784-64-10 on digits, as anybody would; the monitor is the one callback more. */
export async function trainDemo(plan: DemoPlan): Promise<void> {
  const { seed } = plan;
  const { xs, ys } = digitTensors(plan.train, plan.count);
  const held = digitTensors(plan.test, plan.testCount);
  const model = tf.sequential({
    layers: [
      tf.layers.dense({
        units: 64,
        activation: 'relu',
        inputShape: [784],
        name: 'hidden',
        kernelInitializer: tf.initializers.heNormal({ seed }),
      }),
      tf.layers.dense({
        units: 10,
        activation: 'softmax',
        name: 'output',
        kernelInitializer: tf.initializers.glorotNormal({ seed: seed + 1 }),
      }),
    ],
  });
  const optimizer = tf.train.sgd(plan.learningRate);
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  const batches = Math.ceil(plan.count / batchSize);
  const progress: tf.CustomCallbackArgs = {
    onEpochBegin: (epoch) => {
      if (epoch === plan.raiseAt) optimizer.setLearningRate(plan.learningRate * plan.raise);
    },
    onBatchEnd: (batch) => {
      plan.onBatch(batch + 1, batches);
    },
    onEpochEnd: (epoch, logs) => {
      const rate = epoch < plan.raiseAt ? plan.learningRate : plan.learningRate * plan.raise;
      plan.onEpoch(epoch, logs?.['val_loss'] ?? Number.NaN, logs?.['val_acc'] ?? Number.NaN, rate);
    },
  };
  await model.fit(xs, ys, {
    epochs: plan.epochs,
    batchSize,
    validationData: [held.xs, held.ys],
    verbose: 0,
    callbacks: [plan.callback(model), progress],
  });
  tf.dispose([xs, ys, held.xs, held.ys]);
  model.dispose();
  optimizer.dispose();
}

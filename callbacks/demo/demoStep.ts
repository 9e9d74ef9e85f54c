import * as tf from '@tensorflow/tfjs';
import { type Digits, digitTensors } from './digits.js';

/** A step to look at: its loss at the θ that some training led to. */
export interface DemoStep {
  readonly loss: () => tf.Scalar;
  readonly variables: tf.Variable[];
  readonly dispose: () => void;
}

/** Trains 784-16-10 for some steps on the first digits and stops before the next: a loss whose curvature is not trivial. */
export async function demoStep(digits: Digits, { steps, seed }: { steps: number; seed: number }): Promise<DemoStep> {
  const { xs, ys } = digitTensors(digits, 128);
  const layer = (units: number, shift: number, activation: 'tanh' | 'softmax'): tf.layers.Layer =>
    tf.layers.dense({
      units,
      activation,
      kernelInitializer: tf.initializers.glorotNormal({ seed: seed + shift }),
      ...(shift === 0 ? { inputShape: [784] } : {}),
    });
  const model = tf.sequential({ layers: [layer(16, 0, 'tanh'), layer(10, 1, 'softmax')] });
  const optimizer = tf.train.sgd(0.2);
  model.compile({ optimizer, loss: 'categoricalCrossentropy' });
  for (let i = 0; i < steps; i++) await model.trainOnBatch(xs, ys);
  const loss = (): tf.Scalar =>
    tf.tidy(() =>
      tf.metrics
        .categoricalCrossentropy(ys, model.predict(xs) as tf.Tensor)
        .mean()
        .asScalar(),
    );
  return {
    loss,
    variables: model.getWeights(true).map((_, i) => variableOf(model, i)),
    dispose: () => {
      tf.dispose([xs, ys]);
      model.dispose();
      optimizer.dispose();
    },
  };
}

const variableOf = (model: tf.LayersModel, i: number): tf.Variable =>
  Reflect.get(model.trainableWeights[i] as object, 'val') as tf.Variable;

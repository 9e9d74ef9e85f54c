import * as tf from '@tensorflow/tfjs';
import { draws } from './draws.js';
import { Perceptron } from './perceptron.js';

/** The gallery's problem: it is made anew for each rule and disposed after it. */
export interface GalleryProblem {
  readonly network: Perceptron;
  readonly dispose: () => void;
}

const [examples, features, classes] = [96, 4, 3] as const;

/**
 * Three classes in four dimensions, from three clouds that overlap: 96 examples as one fixed batch, a 4-8-8-3 perceptron (139
 * parameters). The same seed makes the same numbers; rules of one seed all start from the same θ.
 */
export function galleryProblem(seed: number): GalleryProblem {
  const { normal } = draws(seed);
  // One feature has a mean and more spread than the others, so that Oja's rule has a component to find.
  const spread = [1.5, 1, 0.8, 0.6] as const;
  const centres = Array.from({ length: classes }, () => Array.from({ length: features }, normal));
  const inputs = tf.tensor2d(
    Array.from({ length: examples }, (_, i) =>
      (centres[i % classes] as number[]).map((centre, f) => centre + (spread[f] as number) * normal()),
    ),
  );
  const targets = tf.tidy(() =>
    tf
      .oneHot(
        tf.tensor1d(
          Array.from({ length: examples }, (_, i) => i % classes),
          'int32',
        ),
        classes,
      )
      .toFloat(),
  ) as tf.Tensor2D;
  const network = new Perceptron({ inputs, targets, hidden: [8, 8], seed: seed + 1 });
  return {
    network,
    dispose: () => {
      network.dispose();
      tf.dispose([inputs, targets]);
    },
  };
}

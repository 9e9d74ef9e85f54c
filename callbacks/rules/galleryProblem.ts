import * as tf from '@tensorflow/tfjs';
import { draws } from './draws.js';
import { Perceptron } from './perceptron.js';
import { requireNumber } from './requirement.js';

/** The gallery's problem: it is made anew for each rule and disposed after it. */
export interface GalleryProblem {
  readonly network: Perceptron;
  readonly dispose: () => void;
}

const [examples, features, classes] = [96, 4, 3] as const;

/** Standard deviation of each feature within its class: Oja's rule needs a component to find. */
const spread = [1.5, 1, 0.8, 0.6] as const;
/** Share of the examples with a wrong label, so that the loss has no zero to run to. */
const mislabelled = 0.1;

/**
 * Three classes in four dimensions, from three clouds that overlap, and every tenth label wrong: 96 examples as one fixed batch, a
 * 4-8-8-3 perceptron (139 parameters). The same seed makes the same numbers; rules of one seed all start from the same θ.
 */
export function galleryProblem(seed: number): GalleryProblem {
  requireNumber('galleryProblem', 'seed', seed, 'an integer', Number.isInteger(seed));
  const { normal, uniform } = draws(seed);
  const centres = Array.from({ length: classes }, () => Array.from({ length: features }, normal));
  const rows = Array.from({ length: examples }, (_, i) => {
    const own = i % classes;
    const label = uniform() < mislabelled ? (own + 1) % classes : own;
    return {
      input: (centres[own] as number[]).map((centre, f) => centre + (spread[f] as number) * normal()),
      target: Array.from({ length: classes }, (__, c) => (c === label ? 1 : 0)),
    };
  });
  const inputs = tf.tensor2d(rows.map(({ input }) => input));
  const targets = tf.tensor2d(rows.map(({ target }) => target));
  const network = new Perceptron({ inputs, targets, hidden: [8, 8], seed: seed + 1 });
  return {
    network,
    dispose: () => {
      network.dispose();
      tf.dispose([inputs, targets]);
    },
  };
}

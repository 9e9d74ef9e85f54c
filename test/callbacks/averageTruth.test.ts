import * as tf from '@tensorflow/tfjs';
import { mersenne } from 'pure-rand/generator/mersenne';
import { expect, it } from 'vitest';
import { certifyOnAverage } from '../../src/index.js';
import { flatten, gradientAt, lossAt } from '../oracles/float64Networks.js';
import { anySeed } from '../oracles/seed.js';

const seed = anySeed();

/** A network of one hidden layer on softmax or squared errors. */
function problem(from: number, kind: 'softmax' | 'mse') {
  const xs = tf.randomNormal([24, 5], 0, 1, 'float32', from);
  const ys = tf.tidy(() => tf.oneHot(tf.range(0, 24, 1, 'int32').mod(tf.scalar(3, 'int32')), 3).toFloat());
  const variable = (shape: number[], offset: number) =>
    tf.tidy(() => tf.variable(tf.randomNormal(shape, 0, 0.7, 'float32', from + offset)));
  const variables = [variable([5, 6], 1), variable([6, 3], 2)];
  const [first, second] = variables as [tf.Variable, tf.Variable];
  const loss = (): tf.Scalar =>
    tf.tidy(() => {
      const output = xs.matMul(first).tanh().matMul(second);
      return kind === 'mse' ? tf.losses.meanSquaredError(ys, output) : tf.losses.softmaxCrossEntropy(ys, output);
    });
  return { variables, loss, dispose: () => tf.dispose([xs, ys, ...variables]) };
}

// Draws that are all the same leave nothing to chance: what is claimed is claimed against rounding alone.
it('claims only what a float64 recomputation confirms, however short or oblique the step', async () => {
  await tf.setBackend('cpu');
  const generator = mersenne(seed);
  const uniform = (): number => ((generator.next() >>> 0) + 0.5) / 2 ** 32;
  const lies: string[] = [];
  let [claims, questions] = [0, 0];
  for (let round = 0; round < 60; round++) {
    const { variables, loss, dispose } = problem((seed % 1e6) + round * 7, round % 2 ? 'mse' : 'softmax');
    const eta = 10 ** (-6 + 6 * uniform());
    const cosine = (uniform() < 0.5 ? -1 : 1) * 10 ** (-6 * uniform());
    const theta = flatten(variables);
    const gradient = gradientAt(loss, variables, theta);
    const norm = Math.hypot(...gradient);
    const noise = gradient.map(() => uniform() - 0.5);
    const along = noise.reduce((sum, each, i) => sum + each * gradient[i]!, 0) / norm ** 2;
    const across = noise.map((each, i) => each - along * gradient[i]!);
    const length = Math.hypot(...across);
    const step = gradient.map((each, i) => eta * ((-cosine * each) / norm + across[i]! / length));
    let after: number[] = [];
    const draw = (): void => {
      let offset = 0;
      for (const variable of variables) {
        const part = step.slice(offset, (offset += variable.size));
        variable.assign(variable.add(tf.tensor(part, variable.shape)));
      }
      after = flatten(variables);
    };
    const certificate = await certifyOnAverage({ loss, variables, draw, draws: 30, stop: 'never' });
    const decrease = lossAt(loss, variables, theta) - lossAt(loss, variables, after);
    const aligned = -gradient.reduce((sum, each, i) => sum + each * (after[i]! - theta[i]!), 0);
    for (const [name, truth] of [
      ['effectiveOnAverage', decrease],
      // All draws are one: ȳ·ηḡ is the decrease.
      ['discreteMetric', decrease],
      ['averageNaturalGradient', aligned],
    ] as const) {
      const { state, value, tolerance } = certificate[name];
      questions++;
      if (state === 'unresolved') continue;
      claims++;
      if ((state === 'holds') !== truth > 0) lies.push(`${name} ${state}: ${value} ± ${tolerance}, float64 ${truth}`);
    }
    dispose();
  }
  expect(lies, `seed ${seed}`).toEqual([]);
  expect(claims / questions, `seed ${seed}`).toBeGreaterThan(0.4);
});

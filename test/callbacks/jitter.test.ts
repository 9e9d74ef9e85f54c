import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { hostArithmetic } from '../../callbacks/arithmetic.js';
import { Evaluation } from '../../callbacks/evaluation.js';
import { readSync } from '../../callbacks/hessian/reads.js';
import { gradientsOf } from '../../callbacks/lossGradients.js';
import { noSurvey } from '../../callbacks/measuring.js';
import { gradientJitter, type Jitter, staleness } from '../../callbacks/noise.js';
import { probeGenerator } from '../../callbacks/randomLine.js';
import { certify } from '../../src/certificates/certify.js';
import { monitor, type StepRecord } from '../../src/index.js';
import { distance } from '../../src/linalg/distance.js';
import { gradientAt, flatten } from '../oracles/float64Networks.js';
import { guardWithOwned } from '../oracles/leakGuard.js';
import { anySeed } from '../oracles/seed.js';

const own = guardWithOwned();

const epsilon = 2 ** -23;

/** The noise of the gradient of `relu(v − kink) + v²/1000` at 1, by the jitters that a seed draws. */
function jitterAt(kink: number, seed: number): Jitter {
  const variable = own(tf.tidy(() => tf.variable(tf.tensor1d([1]))));
  const loss = (): tf.Scalar =>
    tf.tidy(() => tf.add(tf.sum(tf.relu(tf.sub(variable, kink))), tf.mul(1e-3, tf.sum(tf.square(variable)))));
  const at = own(variable.clone());
  const gradients = tf.tidy(() => gradientsOf(loss, [variable])).map((gradient) => gradient && own(gradient));
  const evaluation = new Evaluation(loss, noSurvey);
  return readSync(gradientJitter(evaluation, [variable], [at], gradients, probeGenerator(seed), hostArithmetic));
}

describe('the noise of a gradient', () => {
  const first = anySeed();
  const seeds = Array.from({ length: 32 }, (_, i) => first + i);

  it('where there is no kink, counts many times elsewhere', () => {
    for (const seed of seeds) {
      const { here, elsewhere } = jitterAt(0, seed);
      expect(here, `seed ${seed}`).toBeGreaterThan(0);
      expect(here, `seed ${seed}`).toBeLessThan(1e-6);
      expect(elsewhere, `seed ${seed}`).toBeGreaterThanOrEqual(here);
      expect(elsewhere, `seed ${seed}`).toBeLessThanOrEqual(staleness * here);
    }
  });

  it('a kink that some jitters cross counts once elsewhere', () => {
    // Jitters of one and two ulp do not reach it, those of four and six do every other time.
    const found = seeds.map((seed) => jitterAt(1 - 2.5 * epsilon, seed));
    const crossed = found.filter(({ here }) => here > 0.5);
    expect(crossed.length, `seed ${first}`).toBeGreaterThan(16);
    for (const { here, elsewhere } of crossed) expect(elsewhere, `seed ${first}`).toBe(here);
  });

  it('a kink that every jitter crosses counts many times', () => {
    // Every jitter that goes back does.
    const found = [...seeds, ...seeds.map((seed) => seed + 1000)].map((seed) => jitterAt(1 - epsilon / 2, seed));
    const always = found.filter(({ elsewhere, here }) => here > 0.5 && elsewhere > here);
    expect(always.length, `seed ${first}`).toBeGreaterThan(0);
    for (const { here, elsewhere } of always) expect(elsewhere / here, `seed ${first}`).toBeGreaterThan(staleness / 2);
  });
});

/** A network of ReLUs late in its training: at most θ rounding decides the sign of one or the other. */
function trainLate(seed: number): { loss: () => tf.Scalar; variables: tf.Variable[]; adam: tf.Optimizer } {
  const [batch, inputs, hidden, outputs] = [32, 50, 128, 10];
  const xs = own(tf.randomUniform([batch, inputs], 0, 1, 'float32', seed));
  const labels = Array.from({ length: batch }, (_, i) => (i * 7 + seed) % outputs);
  const ys = own(tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), outputs).toFloat()));
  const variableOf = (shape: number[], deviation: number, salt: number): tf.Variable =>
    own(tf.tidy(() => tf.variable(tf.randomNormal(shape, 0, deviation, 'float32', seed + salt))));
  const [w, b, v, c] = [
    variableOf([inputs, hidden], 0.1, 1),
    variableOf([hidden], 0, 2),
    variableOf([hidden, outputs], 0.12, 3),
    variableOf([outputs], 0, 4),
  ] as const;
  const variables = [w, b, v, c];
  const loss = (): tf.Scalar =>
    tf.tidy(() => tf.losses.softmaxCrossEntropy(ys, xs.matMul(w).add(b).relu().matMul(v).add(c)));
  const adam = own(tf.train.adam(3e-3));
  for (let i = 0; i < 400; i++) adam.minimize(loss, false, variables);
  return { loss, variables, adam };
}

it('a training whose ReLUs are at their kinks is decided nevertheless, and its gradients err by no more than is allowed for', async () => {
  const seed = anySeed();
  const { loss, variables, adam } = trainLate(seed);
  const watch = monitor({ preset: 'standard' });
  const records: StepRecord[] = [];
  watch.steps$.subscribe((record) => records.push(record));
  watch.wrap(adam);
  const errors: number[] = [];
  for (let i = 0; i < 150; i++) {
    const here = tf.tidy(() => flatten(gradientsOf(loss, variables) as tf.Tensor[]));
    errors.push(distance(here, gradientAt(loss, variables, flatten(variables))));
    adam.minimize(loss, false, variables);
  }
  await watch.detach();
  expect(records).toHaveLength(150);
  const alignments = records.map((record) => certify(record).alignment);
  expect(alignments.filter(({ state }) => state === 'unresolved').length, `seed ${seed}`).toBeLessThan(50);
  alignments.forEach(({ tolerance }, step) => {
    const gg = records[step]?.gram?.gg as number;
    expect(errors[step], `seed ${seed}, step ${step}`).toBeLessThan((tolerance as number) / Math.sqrt(gg));
  });
});

import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { hostArithmetic } from '../../callbacks/arithmetic.js';
import { Evaluation } from '../../callbacks/evaluation.js';
import { readSync } from '../../callbacks/hessian/reads.js';
import { noSurvey } from '../../callbacks/measuring.js';
import { lossNoise } from '../../callbacks/noise.js';
import { RandomLine } from '../../callbacks/randomLine.js';
import { monitor } from '../../src/index.js';
import { flatten, lossAt } from '../oracles/float64Networks.js';
import { guardAgainstLeaks } from '../oracles/leakGuard.js';
import { anySeed } from '../oracles/seed.js';

guardAgainstLeaks();

/** `log cosh d = d + softplus(−2d) − ln 2`: near 0 two terms of 0.7 cancel, and of d² there are a few last places of them left. */
const logCosh = (d: tf.Tensor): tf.Tensor => d.add(d.mul(-2).softplus()).sub(Math.log(2)).mean();

it('a loss whose terms cancel is off by no more than eight times its noise', () => {
  const first = anySeed();
  const worst: number[] = [];
  for (let run = 0; run < 100; run++) {
    const seed = first + 10 * run;
    const variable = tf.tidy(() => tf.variable(tf.randomNormal([4], 0, 5e-4, 'float32', seed)));
    const loss = (): tf.Scalar => tf.tidy(() => logCosh(variable).asScalar());
    const at = variable.clone();
    const line = new RandomLine(new Evaluation(loss, noSurvey), [variable], [at], seed, hostArithmetic);
    const { value } = readSync(lossNoise(line));
    at.dispose();
    const theta = flatten([variable]);
    const off = tf.tidy(() => (loss().dataSync()[0] as number) - lossAt(loss, [variable], theta));
    worst.push(Math.abs(off) / value);
    variable.dispose();
  }
  expect(Math.max(...worst), `seed ${first}`).toBeLessThan(8);
});

/** How often a loss `θ²` is called at each of some steps of plain gradient descent, the training's own call among them. */
async function callsOf(rate: number): Promise<number[]> {
  const variable = tf.tidy(() => tf.variable(tf.tensor1d([1, 2, 3])));
  const watch = monitor({ preset: 'economy' });
  const optimizer = watch.wrap(tf.train.sgd(rate));
  const calls: number[] = [];
  for (let i = 0; i < 5; i++) {
    let called = 0;
    const loss = (): tf.Scalar => {
      called++;
      return tf.tidy(() => variable.square().sum().asScalar());
    };
    optimizer.minimize(loss, false, [variable]);
    calls.push(called);
  }
  await watch.detach();
  optimizer.dispose();
  variable.dispose();
  return calls;
}

it('economy looks at a gradient and its noise after the first step, and again where the loss is of another size', async () => {
  // Whether it gives the same twice, one gradient of it, and seven losses to hold the gradient against.
  expect(await callsOf(1e-3)).toEqual([10, 1, 1, 1, 1]);
  // θ is a fifth of itself after each step; that a gradient is the loss's is believed when it was seen twice.
  expect(await callsOf(0.4)).toEqual([10, 9, 2, 2, 2]);
});

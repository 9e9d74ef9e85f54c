import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { type Certificate, certifyOnAverage, monitor, type MonitorOptions } from '../../src/index.js';
import { flatten } from '../oracles/float64Networks.js';
import { judge } from '../oracles/judge.js';
import { guardAgainstLeaks } from '../oracles/leakGuard.js';
import { anySeed } from '../oracles/seed.js';
import { type WatchedStep, watchedSteps } from '../oracles/watchedSteps.js';

guardAgainstLeaks();

interface Layer {
  readonly loss: () => tf.Scalar;
  readonly variables: tf.Variable[];
  readonly dispose: () => void;
}

/** One layer of three outputs, whose bias puts them where it may. */
function layer(
  seed: number,
  {
    input,
    bias,
    lossOf,
  }: { input: readonly [number, number]; bias: number; lossOf: (sums: tf.Tensor, seed: number) => tf.Tensor },
): Layer {
  const xs = tf.randomNormal([16, 5], ...input, 'float32', seed);
  const kernel = tf.tidy(() => tf.variable(tf.randomNormal([5, 3], 0, 0.5, 'float32', seed + 1)));
  const biases = tf.tidy(() => tf.variable(tf.randomNormal([3], bias, 0.5, 'float32', seed + 2)));
  const loss = (): tf.Scalar =>
    tf.tidy(() => lossOf(xs.matMul(kernel as tf.Tensor2D).add(biases), seed + 3).asScalar());
  return { loss, variables: [kernel, biases], dispose: () => tf.dispose([xs, kernel, biases]) };
}

const gaussian = (seed: number, mean: number): tf.Tensor => tf.randomNormal([16, 3], mean, 1, 'float32', seed);
const uniform = (seed: number): tf.Tensor => tf.randomUniform([16, 3], 0, 1, 'float32', seed);

const sigmoidError = (sums: tf.Tensor, seed: number): tf.Tensor =>
  tf.losses.meanSquaredError(gaussian(seed, 1), sums.sigmoid());

/** What is left of the derivative of an output next to 1, or of a softmax next to a corner, are a few last places. */
const saturated: Record<string, (seed: number) => Layer> = {
  'a sigmoid and a squared error': (seed) => layer(seed, { input: [0, 1], bias: 16.5, lossOf: sigmoidError }),
  'a sigmoid and logLoss': (seed) =>
    layer(seed, { input: [0, 1], bias: 17, lossOf: (sums, at) => tf.losses.logLoss(uniform(at), sums.sigmoid()) }),
  'a softmax and a squared error': (seed) =>
    layer(seed, {
      input: [100, 10],
      bias: 0,
      lossOf: (sums, at) => tf.losses.meanSquaredError(gaussian(at, 0), sums.softmax()),
    }),
};

async function wander({ loss, variables }: Layer, seed: number, options: MonitorOptions): Promise<WatchedStep[]> {
  const watch = monitor({ stepSize: 'never', ...options });
  const watched = watchedSteps(watch, flatten(variables));
  for (let i = 0; i < 3; i++) {
    const update = (): void =>
      tf.tidy(() => {
        for (const variable of variables)
          variable.assign(
            variable.add(tf.randomNormal(variable.shape, 0, 1e-3, 'float32', seed + 10 * i + variable.rank)),
          );
      });
    await watch.observe({ loss, variables, update });
    watched.ledTo(flatten(variables));
  }
  return watched.finish();
}

it.each(Object.keys(saturated))('%s: no claim of what rounding has left', async (name) => {
  const first = anySeed();
  for (let run = 0; run < 20; run++) {
    const seed = first + 100 * run;
    const made = (saturated[name] as (seed: number) => Layer)(seed);
    // Every other run can't measure any noise but at a glance.
    const { lies } = judge(made, await wander(made, seed, { preset: run % 2 === 0 ? 'full' : 'economy' }));
    made.dispose();
    expect(lies, `seed ${seed}`).toEqual([]);
  }
});

it('where an output is on its way to 1 most claims are made, and hold', async () => {
  const first = anySeed();
  const found = { claims: 0, lies: [] as string[] };
  for (let run = 0; run < 10; run++) {
    const seed = first + 100 * run;
    const made = layer(seed, { input: [0, 1], bias: 8, lossOf: sigmoidError });
    const { claims, lies } = judge(made, await wander(made, seed, { preset: 'economy' }));
    made.dispose();
    found.claims += claims;
    found.lies.push(...lies);
  }
  expect(found.lies, `seed ${first}`).toEqual([]);
  expect(found.claims, `seed ${first}`).toBeGreaterThan(20);
});

const notItsSlope = /not what the loss changes by/;

async function descend(
  loss: () => tf.Scalar,
  variables: tf.Variable[],
  rate: number,
  preset: MonitorOptions['preset'] & string = 'full',
): Promise<Certificate[]> {
  const watch = monitor({ preset, stepSize: 'never' });
  const certificates: Certificate[] = [];
  watch.certificates$.subscribe((each) => certificates.push(each));
  const optimizer = watch.wrap(tf.train.sgd(rate));
  for (let i = 0; i < 6; i++) optimizer.minimize(loss, false, variables);
  await watch.detach();
  optimizer.dispose();
  return certificates;
}

/** tf.losses.softmaxCrossEntropy takes labels for a distribution: its gradient is that of others where they do not sum to 1. */
it.each([
  ['full', 1, 0, 0],
  ['full', 3, 17, 20],
  ['economy', 1, 0, 0],
  ['economy', 3, 17, 20],
] as const)(
  '%s, labels that sum to %d: the gradient is doubted in %d to %d runs of 20',
  async (preset, sum, least, most) => {
    const first = anySeed();
    let doubted = 0;
    for (let run = 0; run < 20; run++) {
      const made = layer(first + 100 * run, {
        input: [0, 1],
        bias: 0,
        lossOf: (sums, at) => tf.losses.softmaxCrossEntropy(tf.softmax(gaussian(at, 0)).mul(sum), sums),
      });
      const certificates = await descend(made.loss, made.variables, 0.1, preset);
      made.dispose();
      if (notItsSlope.test(certificates.at(-1)?.alignment.reason ?? '')) doubted++;
    }
    expect(doubted, `seed ${first}`).toBeGreaterThanOrEqual(least);
    expect(doubted, `seed ${first}`).toBeLessThanOrEqual(most);
  },
);

it('a gradient of one’s own that is none of the loss is doubted', async () => {
  const seed = anySeed();
  const straightThrough = tf.customGrad((x) => ({
    value: (x as tf.Tensor).square(),
    gradFunc: (dy: tf.Tensor) => dy,
  }));
  const made = layer(seed, { input: [0, 1], bias: 1, lossOf: (sums) => straightThrough(sums).mean() });
  for (const preset of ['economy', 'full'] as const) {
    const certificates = await descend(made.loss, made.variables, 0.01, preset);
    expect(certificates.at(-1)?.alignment.reason, `seed ${seed}`).toMatch(notItsSlope);
    expect(certificates.at(-1)?.alignment.state).toBe('unresolved');
  }
  const average = await certifyOnAverage({
    loss: made.loss,
    variables: made.variables,
    draw: () => {
      for (const variable of made.variables) variable.assign(variable.mul(0.99));
    },
    draws: 4,
  });
  made.dispose();
  expect(average.averageNaturalGradient.reason, `seed ${seed}`).toMatch(notItsSlope);
});

it.each([1e-6, 1e-4, 1])('an absolute value that is %d from its kink has the gradient it has', async (away) => {
  const seed = anySeed();
  const xs = tf.randomNormal([16, 5], 0, 1, 'float32', seed);
  const kernel = tf.tidy(() => tf.variable(tf.randomNormal([5, 3], 0, 0.5, 'float32', seed + 1)));
  const output = (): tf.Tensor => xs.matMul(kernel);
  const ys = tf.tidy(() => output().add(tf.randomNormal([16, 3], 0, away, 'float32', seed + 2)));
  const loss = (): tf.Scalar => tf.tidy(() => tf.losses.absoluteDifference(ys, output()).asScalar());
  const certificates = await descend(loss, [kernel], 1e-8);
  tf.dispose([xs, kernel, ys]);
  for (const { alignment } of certificates) expect(alignment.reason, `seed ${seed}`).not.toMatch(notItsSlope);
});

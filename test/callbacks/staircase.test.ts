import * as tf from '@tensorflow/tfjs';
import { mersenne } from 'pure-rand/generator/mersenne';
import { beforeAll, expect, it, vi } from 'vitest';
import { Evaluation } from '../../callbacks/evaluation.js';
import * as device from '../../callbacks/isOnDevice.js';
import type { Certificate, Condition } from '../../src/certificates/certificate.js';
import type { WindowCertificate } from '../../src/certificates/window.js';
import { certifyOnAverage, monitor } from '../../src/index.js';
import { anySeed } from '../oracles/seed.js';

beforeAll(() => tf.setBackend('cpu'));

// p = σ(15) has 2⁻²⁴ for its last place, 1 − p is 3.1e-7: log(p/(1 − p)) moves by 0.2 or not at all.
it.each([2.5e-4, 5e-4, 1e-3])(
  'binaryCrossentropy: a loss that falls is not said to rise, η = %f',
  async (learningRate) => {
    const start = tf.memory();
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 1, inputShape: [1], activation: 'sigmoid', useBias: false })],
    });
    const one = tf.ones([1, 1]);
    model.setWeights([one]);
    const optimizer = tf.train.sgd(learningRate);
    model.compile({ optimizer, loss: 'binaryCrossentropy' });
    const watch = monitor({ effective: 'always', stepSize: 'never' });
    const certificates: Certificate[] = [];
    watch.certificates$.subscribe((each) => certificates.push(each));
    // The first is certain and wrong, the second pulls the other way, weakly: in float64 the loss falls.
    const [xs, ys] = [tf.tensor2d([[15], [-2]]), tf.tensor2d([[0], [0]])];
    await model.fit(xs, ys, { epochs: 12, batchSize: 2, verbose: 0, callbacks: watch.callback(model) });
    await watch.detach();
    expect(certificates).toHaveLength(12);
    expect(certificates.map(({ alignment }) => alignment.state)).toEqual(Array(12).fill('holds'));
    for (const { effective, step } of certificates)
      expect(effective.state, `step ${step}: ${JSON.stringify(effective)}`).not.toBe('fails');
    tf.dispose([one, xs, ys]);
    model.dispose();
    optimizer.dispose();
    const { numTensors, numDataBuffers } = tf.memory();
    expect([numTensors, numDataBuffers]).toEqual([start.numTensors, start.numDataBuffers]);
  },
);

/** Certificates of `steps` steps of `update` against `loss`, and no tensor left over. */
async function observed(
  make: (weight: tf.Variable) => { loss: () => tf.Scalar; gradient: number; rate: number },
  steps: number,
): Promise<Certificate[]> {
  const start = tf.memory();
  const weight = tf.tidy(() => tf.variable(tf.tensor1d([1])));
  const { loss, gradient, rate } = make(weight);
  const watch = monitor({ preset: 'full', stepSize: 'never', noiseShare: 4 });
  const certificates: Certificate[] = [];
  watch.certificates$.subscribe((each) => certificates.push(each));
  const update = (): void => {
    tf.tidy(() => {
      weight.assign(weight.sub(rate * gradient));
    });
  };
  for (let i = 0; i < steps; i++) await watch.observe({ loss, variables: [weight], update });
  await watch.detach();
  weight.dispose();
  const { numTensors, numDataBuffers } = tf.memory();
  expect([numTensors, numDataBuffers]).toEqual([start.numTensors, start.numDataBuffers]);
  return certificates;
}

// Two examples of x = 15 and x = −2, both labelled 0, as plain functions that no model compiled: the derivative at w = 1 is 7.4 in float64.
const plain: Record<string, (p: tf.Tensor) => tf.Tensor> = {
  binaryCrossentropy: (p) => tf.metrics.binaryCrossentropy(tf.zerosLike(p), p).mean(),
  'a cross-entropy of one’s own': (p) => tf.neg(tf.mean(tf.log(tf.sub(1 + 1e-7, p)))),
  'one that adds a negative': (p) => tf.neg(tf.mean(tf.log(tf.add(tf.neg(p), 1)))),
  'one by log1p': (p) => tf.neg(tf.mean(tf.log1p(tf.neg(p)))),
  'one of the probability of what was so': (p) =>
    tf.neg(tf.mean(tf.log(tf.add(tf.mul(p, tf.zerosLike(p)), tf.mul(tf.sub(1, p), tf.onesLike(p)))))),
  'one of a row': (p) => tf.neg(tf.mean(tf.log(tf.transpose(tf.sub(1, p).expandDims(1))))),
  'one that squares': (p) => tf.mul(-0.5, tf.mean(tf.log(tf.square(tf.sub(1, p))))),
  'one of the sum over classes': (p) => tf.neg(tf.mean(tf.log(tf.sum(tf.sub(1, p).expandDims(1), 1)))),
  'one that unstacks': (p) => tf.neg(tf.log(tf.unstack(tf.sub(1, p))[0] as tf.Tensor)),
  'odds, no logarithm': (p) => tf.mean(tf.sqrt(tf.div(p, tf.sub(1 + 1e-7, p)))),
  'a reciprocal': (p) => tf.mean(tf.reciprocal(tf.sub(1 + 1e-7, p)).pow(0.25)),
  'one that selects': (p) => tf.neg(tf.mean(tf.log(tf.where(tf.tensor1d([false, false], 'bool'), p, tf.sub(1, p))))),
};
it.each(Object.entries(plain))('%s as a plain loss is not said to rise either', async (_, cross) => {
  for (const rate of [2e-5, 1e-4, 5e-4]) {
    const certificates = await observed(
      (weight) => ({
        loss: () => tf.tidy(() => cross(tf.mul(weight, tf.tensor1d([15, -2])).sigmoid()).asScalar()),
        gradient: 7.4,
        rate,
      }),
      12,
    );
    for (const { effective, step } of certificates)
      expect(effective.state, `step ${step}, rate ${rate}: ${JSON.stringify(effective)}`).not.toBe('fails');
  }
});

it('a step that is far too long is said to be, however the loss is made', async () => {
  // From p = σ(−1) to σ(19): the wrong side of the hill, by more than any stair.
  const [certificate] = await observed(
    (weight) => ({
      loss: () =>
        tf.tidy(() =>
          tf.metrics
            .binaryCrossentropy(tf.tensor1d([0, 1]), tf.mul(weight, tf.tensor1d([1, 4])).sigmoid())
            .mean()
            .asScalar(),
        ),
      gradient: 1,
      rate: 14,
    }),
    1,
  );
  expect(certificate).toMatchObject({ verdict: 'overshoot', effective: { state: 'fails' } });
});

it('on average it is not said to rise either; away from the stairs all is decided', async () => {
  const start = tf.memory();
  const weight = tf.tidy(() => tf.variable(tf.tensor1d([1])));
  const states = [];
  for (const far of [15, 1]) {
    let k = 0;
    const { effectiveOnAverage } = await certifyOnAverage({
      loss: () => tf.tidy(() => tf.neg(tf.mean(tf.log(tf.sub(1, tf.sigmoid(tf.mul(weight, tf.tensor1d([far, -2])))))))),
      variables: [weight],
      draw: () => {
        weight.assign(weight.sub(1.4e-4 * (1 + 0.1 * (k++ % 2))));
      },
      draws: 20,
      stop: 'never',
    });
    states.push(effectiveOnAverage.state);
  }
  expect(states).toEqual(['unresolved', 'holds']);
  weight.dispose();
  const { numTensors, numDataBuffers } = tf.memory();
  expect([numTensors, numDataBuffers]).toEqual([start.numTensors, start.numDataBuffers]);
});

it('what is claimed of confident wrong examples holds in float64', async () => {
  const seed = anySeed();
  const start = tf.memory();
  const generator = mersenne(seed);
  const uniform = (): number => ((generator.next() >>> 0) + 0.5) / 2 ** 32;
  const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const lies: string[] = [];
  let [claims, steps] = [0, 0];
  for (let run = 0; run < 60; run++) {
    // Unscaled inputs, one label in five wrong.
    const x = Array.from({ length: 6 }, () => [6 * normal(), 6 * normal()].map(Math.fround));
    const y = x.map(([a, b]) => Number(a! + b! > 0 !== uniform() < 0.2));
    const first = [1 + uniform(), 1 + uniform()].map(Math.fround) as [number, number];
    // The first example is wrong for certain, and next to where p is clipped: −ln 1e-7 is 16.118.
    const [along] = x as [number[]];
    const logit = along[0]! * first[0] + along[1]! * first[1];
    x[0] = along.map((each) => Math.fround((each * (16.05 + 0.3 * uniform())) / logit));
    y[0] = 0;
    const exact = (theta: ArrayLike<number>): number =>
      x.reduce((sum, [a, b], i) => {
        const p = 1 / (1 + Math.exp(-(a! * theta[0]! + b! * theta[1]!)));
        const kept = Math.min(1 - 1e-7, Math.max(1e-7, p));
        return sum - Math.log(y[i] === 1 ? kept : 1 - kept) / x.length;
      }, 0);
    /** `−∇L·Δ`; what is clipped has no gradient. */
    const descent = (from: ArrayLike<number>, to: ArrayLike<number>): number =>
      x.reduce((sum, [a, b], i) => {
        const p = 1 / (1 + Math.exp(-(a! * from[0]! + b! * from[1]!)));
        const along = a! * (to[0]! - from[0]!) + b! * (to[1]! - from[1]!);
        return p < 1e-7 || p > 1 - 1e-7 ? sum : sum - ((p - y[i]!) * along) / x.length;
      }, 0);
    const [xs, ys] = [tf.tensor2d(x), tf.tensor2d(y.map((each) => [each]))];
    const weight = tf.tidy(() => tf.variable(tf.tensor2d(first, [2, 1])));
    const optimizer = new tf.MomentumOptimizer(10 ** (-5 + 4 * uniform()), 0.9);
    const watch = monitor({ preset: 'full', stepSize: 'never', window: 5 });
    const thetas: Float32Array[] = [weight.dataSync().slice() as Float32Array];
    const check = (told: Condition, truth: number): void => {
      if (told.state !== 'holds' && told.state !== 'fails') return;
      claims++;
      if ((told.state === 'holds') !== truth > 0) lies.push(`run ${run}: ${JSON.stringify(told)}, float64 ${truth}`);
    };
    const fell = (from: number, to: number): number => exact(thetas[from]!) - exact(thetas[to]!);
    const certificates: Certificate[] = [];
    const windows: WindowCertificate[] = [];
    watch.certificates$.subscribe((each) => certificates.push(each));
    watch.windows$.subscribe((each) => windows.push(each));
    watch.wrap(optimizer);
    for (let i = 0; i < 30; i++) {
      optimizer.minimize(
        () =>
          tf.tidy(() =>
            tf.metrics
              .binaryCrossentropy(ys, tf.sigmoid(tf.matMul(xs, weight)))
              .mean()
              .asScalar(),
          ),
        false,
        [weight],
      );
      thetas.push(weight.dataSync().slice() as Float32Array);
    }
    await watch.detach();
    for (const { step, effective, alignment } of certificates) {
      check(effective, fell(step, step + 1));
      check(alignment, descent(thetas[step]!, thetas[step + 1]!));
    }
    for (const { from, step, effective } of windows) check(effective, fell(from, step + 1));
    steps += certificates.length;
    optimizer.dispose();
    tf.SGDOptimizer.prototype.dispose.call(optimizer);
    tf.dispose([xs, ys, weight]);
  }
  expect(lies, `seed ${seed}`).toEqual([]);
  // Where a place of p decides whether it is clipped, nothing is claimed.
  expect(claims / steps, `seed ${seed}`).toBeGreaterThan(0.3);
  const { numTensors, numDataBuffers } = tf.memory();
  expect([numTensors, numDataBuffers]).toEqual([start.numTensors, start.numDataBuffers]);
});

it('log1p of what can’t be negative is no staircase, also where nothing is looked at', () => {
  const start = tf.memory();
  const look = vi.spyOn(device, 'isOnDevice').mockReturnValue(true);
  const found = (loss: () => tf.Scalar): boolean | undefined => {
    const evaluation = new Evaluation(loss, null);
    tf.dispose(evaluation.first());
    return evaluation.survey?.staircase;
  };
  const x = tf.tensor1d([-3, 0.2]);
  expect(found(() => tf.losses.sigmoidCrossEntropy([1, 0], x))).toBe(false);
  expect(found(() => tf.tidy(() => x.sigmoid().neg().log1p().mean().asScalar()))).toBe(true);
  look.mockRestore();
  x.dispose();
  expect(tf.memory().numTensors).toBe(start.numTensors);
});

it('on a device: gradients that are never applied leave nothing that was looked at', async () => {
  const start = tf.memory();
  const look = vi.spyOn(device, 'isOnDevice').mockReturnValue(true);
  const weight = tf.tidy(() => tf.variable(tf.scalar(3)));
  const optimizer = tf.train.sgd(0.1);
  const watch = monitor();
  watch.wrap(optimizer);
  const loss = (): tf.Scalar => tf.tidy(() => weight.sigmoid().neg().add(1).log().neg().asScalar());
  const tensors: number[] = [];
  for (let i = 0; i < 3; i++) {
    const { value, grads } = optimizer.computeGradients(loss, [weight]);
    tf.dispose([value, grads]);
    tensors.push(tf.memory().numTensors);
  }
  // The weight, the rate, and what the last one looked at, which waits for its step.
  expect(tensors).toEqual([start.numTensors + 3, start.numTensors + 3, start.numTensors + 3]);
  look.mockRestore();
  await watch.detach();
  weight.dispose();
  optimizer.dispose();
  const { numTensors, numDataBuffers } = tf.memory();
  expect([numTensors, numDataBuffers]).toEqual([start.numTensors, start.numDataBuffers]);
});

it('on a device: a loss that throws leaves what it leaves without us', () => {
  const failing = (watched: boolean): number => {
    const start = tf.memory().numTensors;
    const weight = tf.tidy(() => tf.variable(tf.scalar(3)));
    const optimizer = tf.train.sgd(0.1);
    const watch = watched ? monitor() : null;
    watch?.wrap(optimizer);
    expect(() =>
      optimizer.computeGradients(() => {
        tf.log(tf.sub(1, weight));
        throw new Error('no loss');
      }, [weight]),
    ).toThrow('no loss');
    weight.dispose();
    optimizer.dispose();
    return tf.memory().numTensors - start;
  };
  const bare = failing(false);
  const look = vi.spyOn(device, 'isOnDevice').mockReturnValue(true);
  const watched = failing(true);
  look.mockRestore();
  expect(watched).toBe(bare);
});

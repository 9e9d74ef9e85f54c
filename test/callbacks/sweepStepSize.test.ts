import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { sweepStepSize } from '../../src/index.js';
import { flatten, lossAt } from '../oracles/float64Networks.js';
import { build, layerNetworks } from './hessian/layerNetworks.js';
import { guardAgainstLeaks } from '../oracles/leakGuard.js';
import { anySeed } from '../oracles/seed.js';

guardAgainstLeaks();

const spectrum = [-0.5, 0.3, 1, 2, 4];

/** `½ Σ λᵢ xᵢ²`, on which the overshoot and both bounds are known for every rate. */
function quadratic(seed: number) {
  const eigenvalues = tf.tensor1d(spectrum);
  const start = spectrum.map((_, i) => Math.sin(seed + 3 * i) + (i % 2 ? 1.5 : -1.5));
  const x = tf.tidy(() => tf.variable(tf.tensor1d(start)));
  const loss = (): tf.Scalar =>
    tf.tidy(() =>
      tf
        .sum(tf.mul(eigenvalues, tf.square(x)))
        .div(2)
        .asScalar(),
    );
  const y = flatten([x]).map((value, i) => -value * (spectrum[i] as number));
  const yy = y.reduce((sum, value) => sum + value * value, 0);
  const yHy = y.reduce((sum, value, i) => sum + value * value * (spectrum[i] as number), 0);
  return { x, loss, y, yy, yHy, dispose: () => tf.dispose([x, eigenvalues]) };
}

describe('a quadratic, where theory has every number', () => {
  it('both bounds, the distance and the overshoot, and the variables are put back', async () => {
    const seed = anySeed();
    const { x, loss, y, yy, yHy, dispose } = quadratic(seed);
    const theta = x.dataSync().slice();
    const { rows, overshoot, alignment, psi, lossBefore } = await sweepStepSize({
      loss,
      variables: [x],
      rates: { from: 1e-3, to: (3 * yy) / yHy, count: 8 },
    });
    expect(x.dataSync()).toEqual(theta);
    expect(alignment).toMatchObject({ state: 'holds' });
    expect((alignment.value as number) / yy, `seed ${seed}`).toBeCloseTo(1, 3);
    expect(psi).toBeLessThan(1e-2);
    expect(rows).toHaveLength(8);
    const Hy = y.map((value, i) => value * (spectrum[i] as number));
    const HyNorm = Math.hypot(...Hy);
    for (const row of rows) {
      const { eta } = row;
      const decrease = eta * yy - (eta * eta * yHy) / 2;
      expect(Math.abs((row.decrease as number) - decrease), `seed ${seed}`).toBeLessThan(1e-5 * (1 + eta * yy));
      // ȳ = y − (η/2) H y.
      const distance = (eta / 2) * (HyNorm / Math.sqrt(yy));
      // Of the shortest steps a hundredth is the rounding of float32.
      expect(Math.abs((row.distance as number) - distance), `seed ${seed}`).toBeLessThan(2e-5 + 5e-3 * distance);
      if (Math.abs(decrease) > 1e-3) expect(row.effective, `seed ${seed}`).toBe(decrease > 0 ? 'holds' : 'fails');
      if (row.effective !== 'holds') continue;
      // L(θ) − L(θ') = ½ |λ| ‖Δθ‖² at the supremum bound; the lower bound of λ lies a little below −0.5.
      const bound = (2 * decrease) / (eta * yy * 0.5);
      expect(row.etaMaxSupremum as number, `seed ${seed}`).toBeLessThanOrEqual(bound * 1.001);
      expect(row.etaMaxSupremum as number, `seed ${seed}`).toBeGreaterThan(bound * 0.99);
      const discrete = y.map((value, i) => value - (eta / 2) * (Hy[i] as number));
      const cosine = decrease / eta / Math.hypot(...discrete) / Math.sqrt(yy);
      expect(Math.cos(row.psi as number), `seed ${seed}`).toBeCloseTo(cosine, 3);
      const optimal =
        ((2 * Math.hypot(...discrete)) / Math.sqrt(yy) / 0.5) * (cosine / (1 + Math.sqrt(1 - cosine ** 2)));
      expect((row.etaMaxOptimal as number) / optimal, `seed ${seed}`).toBeCloseTo(1, 1);
    }
    const theory = (2 * yy) / yHy;
    expect(overshoot?.low, `seed ${seed}`).toBeLessThan(theory);
    expect(overshoot?.high).toBeGreaterThan(theory);
    expect((overshoot?.high as number) / (overshoot?.low as number)).toBeLessThan(1.01);
    expect(lossBefore).toBeCloseTo(lossAt(loss, [x], Array.from(theta)), 4);
    dispose();
  });

  it('finds the range by itself, whatever the scale of the direction', async () => {
    const seed = anySeed();
    for (const scale of [1e-6, 1, 1e4]) {
      const { x, loss, y, yy, yHy, dispose } = quadratic(seed);
      const direction = tf.tensor1d(y.map((value) => scale * value));
      const { overshoot, rows } = await sweepStepSize({ loss, variables: [x], direction: [direction], products: 2 });
      expect(((overshoot?.high as number) * scale * yHy) / (2 * yy), `seed ${seed}`).toBeCloseTo(1, 1);
      expect(rows).toHaveLength(20);
      direction.dispose();
      dispose();
    }
  });

  it('a direction that climbs has no place where the loss stops being lower', async () => {
    const { x, loss, y, dispose } = quadratic(anySeed());
    const direction = tf.tensor1d(y.map((value) => -value));
    const { alignment, rows } = await sweepStepSize({ loss, variables: [x], direction: [direction], products: 2 });
    expect(alignment.state).toBe('fails');
    expect(rows.filter(({ stepSize }) => stepSize === 'holds')).toEqual([]);
    direction.dispose();
    dispose();
  });
});

describe('a network, against float64', () => {
  for (const discreteGradient of ['projected', 'mean-value', 'taylor'] as const)
    it(`every claim survives: ${discreteGradient}`, async () => {
      const seed = anySeed();
      const { loss, variables, dispose } = build(layerNetworks['tanh'] ?? expect.fail(), seed);
      const theta = flatten(variables);
      const direction = tf.tidy(() => {
        const { grads } = tf.variableGrads(loss, variables);
        return variables.map((variable) => tf.keep(tf.neg(grads[variable.name] as tf.Tensor)));
      });
      const g = flatten(direction);
      const { rows } = await sweepStepSize({
        loss,
        variables,
        direction,
        discreteGradient,
        rates: { from: 1e-4, to: 100, count: 10 },
        products: 6,
      });
      expect(flatten(variables)).toEqual(theta);
      const start = lossAt(loss, variables, theta);
      let claims = 0;
      for (const { eta, effective, distance } of rows) {
        const after = theta.map((value, i) => Math.fround(value + Math.fround(eta * (g[i] as number))));
        const decrease = start - lossAt(loss, variables, after);
        if (effective === 'holds') expect(decrease, `seed ${seed}, η ${eta}`).toBeGreaterThan(0);
        if (effective === 'fails') expect(decrease, `seed ${seed}, η ${eta}`).toBeLessThan(0);
        if (effective !== 'unresolved') claims++;
        // A point at which the curvature explains the change of the loss may hide between those that are tried.
        if (distance === null) expect(discreteGradient, `seed ${seed}, η ${eta}`).toBe('taylor');
        else expect(distance).toBeGreaterThanOrEqual(0);
      }
      expect(claims).toBeGreaterThan(5);
      const distances = rows.flatMap(({ distance }) => distance ?? []);
      expect(distances.length, `seed ${seed}`).toBeGreaterThan(5);
      expect(distances[0]).toBeLessThan(distances[5] as number);
      tf.dispose([...direction]);
      dispose();
    });
});

describe('misuse is named, and nothing is left behind', () => {
  it('options', async () => {
    const x = tf.tidy(() => tf.variable(tf.tensor1d([1, 2])));
    const loss = (): tf.Scalar => tf.tidy(() => tf.sum(tf.square(x)).asScalar());
    const refused = async (options: object, message: string): Promise<void> => {
      await expect(sweepStepSize({ loss, variables: [x], ...options })).rejects.toThrow(message);
    };
    await refused({ rates: [] }, 'sweepStepSize: expected option `rates` to be a list of numbers > 0');
    await refused({ rates: [0.1, -1] }, 'option `rates`');
    await refused({ rates: { from: 1, to: 0.5, count: 3 } }, 'option `rates`');
    await refused({ products: 0 }, 'option `products` to be an integer >= 1, got 0 (number)');
    await refused({ delta: 2 }, 'option `delta` to be a number in (0, 1), got 2 (number)');
    await refused({ discreteGradient: 'other' }, 'option `discreteGradient`');
    await refused({ rate: 1 }, 'unknown one, `rate`');
    await refused({ loss: 1 }, 'option `loss`');
    await refused({ variables: [] }, 'at least one tf.Variable');
    const wrong = tf.tensor1d([1]);
    await refused({ direction: [wrong] }, 'tensors of the shapes [2], got [1]');
    wrong.dispose();
    let calls = 0;
    const drifting = (): tf.Scalar => tf.tidy(() => tf.sum(tf.mul(x, calls++)).asScalar());
    await refused({ loss: drifting }, 'the same value at the same θ');
    const scalar = 'sweepStepSize: expected `loss` to return a tf.Scalar, got';
    await refused({ loss: () => tf.square(x).mul(2) }, `${scalar} a tensor of shape [2]`);
    await refused({ loss: () => 3 }, `${scalar} 3 (number)`);
    await refused({ loss: () => Promise.resolve(loss()) }, `${scalar} a promise`);
    expect(Array.from(x.dataSync())).toEqual([1, 2]);
    x.dispose();
  });

  it('a loss that throws on the way', async () => {
    const x = tf.tidy(() => tf.variable(tf.tensor1d([1, 2])));
    let calls = 0;
    const loss = (): tf.Scalar => {
      if (++calls > 6) throw new Error('broken on the way');
      return tf.tidy(() => tf.sum(tf.square(x)).asScalar());
    };
    await expect(sweepStepSize({ loss, variables: [x], rates: [0.1, 0.2] })).rejects.toThrow('broken on the way');
    expect(Array.from(x.dataSync())).toEqual([1, 2]);
    x.dispose();
  });

  it('a gradient of zero', async () => {
    const x = tf.tidy(() => tf.variable(tf.tensor1d([0, 0])));
    const loss = (): tf.Scalar => tf.tidy(() => tf.sum(tf.square(x)).asScalar());
    const { rows, overshoot } = await sweepStepSize({ loss, variables: [x], rates: [0.1, 1] });
    expect(rows.map(({ effective }) => effective)).toEqual(['unresolved', 'unresolved']);
    expect(overshoot).toBeNull();
    expect(JSON.stringify(rows)).not.toMatch(/NaN|Infinity/);
    x.dispose();
  });
});

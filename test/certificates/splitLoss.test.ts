import { mersenne } from 'pure-rand/generator/mersenne';
import { describe, expect, it } from 'vitest';
import { splitBetween } from '../../src/certificates/splitLoss.js';
import type { StepRecord } from '../../src/certificates/stepRecord.js';
import { externalStep } from '../../src/cli/externalStep.js';
import { dot } from '../../src/linalg/dot.js';
import { anySeed } from '../oracles/seed.js';
import { float32Noise } from '../oracles/float32Noise.js';

const seed = anySeed();

/** `L_t(θ) = ½‖θ − t c‖²`: a target that moves by `c` a step. */
const lossAt = (theta: readonly number[], c: readonly number[], t: number): number =>
  theta.reduce((sum, value, i) => sum + (value - t * c[i]!) ** 2 / 2, 0);

describe('the step against a loss that moves', () => {
  it('is natural gradient descent in the extended state where the step outruns the change', () => {
    const generator = mersenne(seed);
    const uniform = (): number => (generator.next() >>> 0) / 2 ** 31 - 1;
    const states = { holds: 0, fails: 0, unresolved: 0 };
    for (let k = 0; k < 300; k++) {
      const [theta, c, g] = [0, 1, 2].map(() => [uniform(), uniform(), uniform()]) as [number[], number[], number[]];
      const eta = 0.01 + Math.abs(uniform());
      const after = theta.map((value, i) => value + eta * g[i]!);
      const y = theta.map((value) => -value);
      const [record, next] = [
        { ...externalStep({ y, g, eta, lossBefore: lossAt(theta, c, 0), lossAfter: lossAt(after, c, 0) }, 0) },
        { ...externalStep({ y, g, eta, lossBefore: lossAt(after, c, 1), lossAfter: 0 }, 1) },
      ];
      const { extended, byChange, total } = splitBetween(record, next)!;
      const wanted = dot(y, g) - (lossAt(after, c, 1) - lossAt(after, c, 0)) / eta;
      expect(Math.abs(extended.value! - wanted), `seed ${seed}`).toBeLessThanOrEqual(extended.tolerance!);
      expect(extended.state, `seed ${seed}`).toBe(wanted > 0 ? 'holds' : 'fails');
      expect(total).toBeCloseTo(lossAt(after, c, 1) - lossAt(theta, c, 0), 12);
      expect(byChange).toBeCloseTo(lossAt(after, c, 1) - lossAt(after, c, 0), 12);
      states[extended.state as 'holds']++;
    }
    expect(states.holds).toBeGreaterThan(30);
    expect(states.fails).toBeGreaterThan(30);
  });

  const noise = float32Noise;
  const pair = (change: Partial<StepRecord>, lossBefore: number): [StepRecord, StepRecord] => {
    const made = externalStep({ y: [1, 1], g: [1, -0.9995], lossBefore: 1, lossAfter: 0.9 }, 0);
    const record: StepRecord = { ...made, precision: 'float32', noise, ...change };
    return [record, { ...record, step: 1, lossBefore, lossAfter: null }];
  };

  it('is not decided by what rounding alone may have made', () => {
    // y·g = 5e-4; a change of the loss of 4e-4 leaves 1e-4.
    expect(splitBetween(...pair({}, 0.9004))!.extended).toMatchObject({ state: 'holds' });
    const coarse = { ...noise, lossNoise: 1e-4 };
    expect(splitBetween(...pair({ noise: coarse }, 0.9004))!.extended.state).toBe('unresolved');
    // Nearly orthogonal, and nobody measured the noise of the gradient.
    const unmeasured = { ...noise, gradientJitter: null };
    expect(splitBetween(...pair({ noise: unmeasured }, 0.9004))!.extended.state).toBe('unresolved');
    expect(splitBetween(...pair({ noise: unmeasured }, 1.9))!.extended.state).toBe('fails');
    const unbounded = { ...noise, absYTheta: null };
    expect(splitBetween(...pair({ noise: unbounded }, 1.9))!.extended).toMatchObject({
      state: 'unresolved',
      tolerance: null,
    });
  });

  it('is left open with the reason where the step was not measured', () => {
    const obstacles = [{ condition: 'effective', reason: 'the dog ate it' }] as const;
    expect(splitBetween(...pair({ obstacles }, 0.5))!.extended).toMatchObject({
      state: 'unresolved',
      reason: 'the dog ate it',
    });
    expect(splitBetween(...pair({ gram: null }, 0.5))!.extended.state).toBe('unresolved');
  });
});

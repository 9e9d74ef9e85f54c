import { describe, expect, it } from 'vitest';
import { energyCondition } from '../../src/certificates/energy.js';
import type { StepRecord } from '../../src/certificates/stepRecord.js';
import { externalStep } from '../../src/cli/externalStep.js';
import { float32Noise } from '../oracles/float32Noise.js';

const noise = { ...float32Noise, lossNoise: 1e-4 };
const step = (change: Partial<StepRecord>): StepRecord => ({
  ...externalStep({ y: [1, 2], g: [1, 1], eta: 0.1, lossBefore: 1, lossAfter: 0.9999 }, 0),
  precision: 'float32',
  noise,
  ...change,
});
const own = (fell: number): Partial<StepRecord> => ({ energy: { before: 1, after: 1 - fell, trouble: null } });
const ball: Partial<StepRecord> = {
  inertia: { rule: 'heavy-ball', name: 'momentum', momentum: 0.9, velocitySquare: 0.0200001 },
};

describe('an energy', () => {
  it('of one’s own is no better known than the loss', () => {
    expect(energyCondition(step(own(5e-4)))).toMatchObject({ state: 'unresolved' });
    expect(energyCondition(step(own(5e-3)))).toMatchObject({ state: 'holds' });
    expect(energyCondition(step(own(-5e-3)))).toMatchObject({ state: 'fails' });
    const sharp = { ...noise, lossNoise: 1e-7 };
    expect(energyCondition(step({ ...own(5e-4), noise: sharp }))).toMatchObject({ state: 'holds' });
    expect(energyCondition(step({ ...own(5e-3), lossAfter: null }))).toMatchObject({
      state: 'unresolved',
      tolerance: null,
      reason: expect.stringContaining('rounding error of the loss is not known') as string,
    });
    expect(energyCondition(step({ ...own(1e-5), noise: null, precision: 'float64' }))).toMatchObject({
      state: 'holds',
    });
  });

  it.each([
    ['of one’s own', own(0.05)],
    ['of heavy ball', { ...ball, lossAfter: 0.95 }],
  ])('%s is left open where the loss is, and within the stairs of one', (_, change) => {
    expect(energyCondition(step(change))).toMatchObject({ state: 'holds' });
    const obstacles = [{ condition: 'effective', reason: 'its terms may cancel' }] as const;
    expect(energyCondition(step({ ...change, obstacles }))).toMatchObject({ state: 'unresolved' });
    // 0: on a graphics device nobody looks how small the differences are.
    for (const staircase of [0, 2 ** -24])
      expect(energyCondition(step({ ...change, noise: { ...noise, staircase } }))).toMatchObject({
        state: 'unresolved',
        tolerance: expect.closeTo(0.125, 2) as number,
      });
    expect(energyCondition(step({ ...change, noise: { ...noise, staircase: 0.01 } }))).toMatchObject({
      state: 'holds',
    });
  });
});

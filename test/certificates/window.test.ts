import { describe, expect, it } from 'vitest';
import type { StepRecord } from '../../src/certificates/stepRecord.js';
import { advanceWindow, emptyWindow, lastWindow, type WindowCertificate } from '../../src/certificates/window.js';
import { externalStep } from '../../src/cli/externalStep.js';
import { float32Noise } from '../oracles/float32Noise.js';

const noise = float32Noise;

const step = (i: number, change: Partial<StepRecord> = {}): StepRecord => ({
  ...externalStep({ y: [1, 2], g: [1, 1] }, i),
  source: 'observe',
  precision: 'float32',
  noise,
  lossBefore: 10 - i,
  lossAfter: 9 - i,
  ...change,
});

const windowsOf = (size: number, records: readonly StepRecord[]): WindowCertificate[] => {
  let state = emptyWindow(size);
  return records.flatMap((record) => {
    state = advanceWindow(state, record);
    return state.window ?? [];
  });
};

describe('the fixed loss of a window', () => {
  it('is a measure where there is one, and never the loss of a step beside it', () => {
    // The measure falls from 100, measured at every 4th step from the 4th on; the steps' own loss is far below it.
    const records = Array.from({ length: 13 }, (_, i) => step(i, i >= 4 && i % 4 === 0 ? { measure: 100 - i } : {}));
    const [first, second, third] = windowsOf(4, records);
    expect(first!.effective).toMatchObject({ state: 'unresolved', value: null });
    expect(second!.effective).toMatchObject({ state: 'holds', value: 4 });
    expect(third!.effective).toMatchObject({ state: 'holds', value: 4 });
  });

  it('is a measure after the last step as well', () => {
    const records = Array.from({ length: 8 }, (_, i) => step(i, { measure: 100 - i, measureAfter: 99 - i }));
    let state = emptyWindow(4);
    for (const record of records) state = advanceWindow(state, record);
    expect(lastWindow(state)).toMatchObject({ from: 4, step: 7, effective: { state: 'holds', value: 4 } });
  });

  it('is as well known as the losses of its steps, and not at all where nobody measured that', () => {
    const coarse = { ...noise, absYTheta: 1e4 };
    const records = Array.from({ length: 5 }, (_, i) =>
      step(i, { lossBefore: 1 - i * 1e-4, lossAfter: 1 - (i + 1) * 1e-4 }),
    );
    expect(windowsOf(4, records)[0]!.effective.state).toBe('holds');
    expect(
      windowsOf(
        4,
        records.map((each) => ({ ...each, noise: coarse })),
      )[0]!.effective.state,
    ).toBe('unresolved');
    const unknown = records.map((each) => ({ ...each, noise: { ...noise, absYTheta: null } }));
    expect(windowsOf(4, unknown)[0]!.effective).toMatchObject({ state: 'unresolved', tolerance: null });
    const exact = records.map((each, i) => ({
      ...each,
      precision: 'float64' as const,
      noise: null,
      lossBefore: 1 - i * 1e-12,
      lossAfter: 1 - (i + 1) * 1e-12,
    }));
    expect(windowsOf(4, exact)[0]!.effective.state).toBe('holds');
  });

  it('is the one of an observed rule as long as no step ended elsewhere than the next began', () => {
    const sampled = (measured: (i: number) => boolean, after = (i: number): number => 9 - i): StepRecord[] =>
      Array.from({ length: 13 }, (_, i) => step(i, { lossAfter: measured(i) ? after(i) : null }));
    const states = (records: readonly StepRecord[]): string[] =>
      windowsOf(4, records).map(({ effective, smallestEffective }) => `${effective.state} ${smallestEffective}`);
    expect(states(sampled((i) => i % 4 === 1))).toEqual(['holds 1', 'holds 1', 'holds 1']);
    // Never looked at, looked at too late, and looked at and found to be another batch's.
    expect(states(sampled(() => false))).toEqual(Array(3).fill('unresolved null'));
    expect(states(sampled((i) => i >= 6))).toEqual(['unresolved null', 'holds 1', 'holds 1']);
    expect(
      states(
        sampled(
          (i) => i === 1 || i === 6,
          (i) => (i === 6 ? 2.5 : 9 - i),
        ),
      ),
    ).toEqual(['holds 1', 'unresolved null', 'unresolved null']);
  });

  it('is not spoken of where a window is nearly orthogonal and the noise of the gradient is not known', () => {
    const pair = (gradientJitter: number | null): StepRecord[] =>
      [1, -1, 1].map((sign, i) =>
        step(i, {
          gram: { yy: 1, gg: 1, yg: 0.01 * sign + 1e-4, rejected: 1, dimension: 2 },
          noise: { ...noise, gradientJitter },
        }),
      );
    expect(windowsOf(2, pair(1e-8))[0]!.alignment.state).toBe('holds');
    expect(windowsOf(2, pair(null))[0]!.alignment.state).toBe('unresolved');
  });
});

describe('losses that are 0 to the last bit', () => {
  const learnt = (losses: readonly (readonly [before: number, after: number])[]): string[] =>
    windowsOf(
      2,
      losses.map(([lossBefore, lossAfter], i) => step(i, { source: 'optimizer', lossBefore, lossAfter })),
    ).map(({ effective }) => effective.state);

  it('of two batches are not those of one', () => {
    expect(learnt([[1, 0], [0, 0], [0, 0]])).toEqual(['unresolved']); // prettier-ignore
  });

  it('of a batch that was seen to be one are', () => {
    expect(learnt([[2, 1], [1, 0], [0, 0]])).toEqual(['holds']); // prettier-ignore
  });
});

describe('a loss that moves in steps', () => {
  // A logarithm of 1 − p: each change says what y·g does, to a tenth of it.
  const stairs = (share: number): StepRecord[] =>
    Array.from({ length: 5 }, (_, i) =>
      step(i, {
        noise: { ...noise, staircase: 2 ** -21.9 },
        asked: { alignment: true, effective: true, stepSize: false },
        lossBefore: 10 - i * 3e-2 * share,
        lossAfter: 10 - (i + 1) * 3e-2 * share,
        learningRate: 1e-2,
      }),
    );

  it('leaves a measure open that may have moved by steps alone', () => {
    const records = (measureStaircase: number): StepRecord[] =>
      Array.from({ length: 5 }, (_, i) => step(i, { measure: 4 - i * 0.05, measureStaircase }));
    expect(windowsOf(4, records(0.01))[0]!.effective.state).toBe('holds');
    expect(windowsOf(4, records(2 ** -24))[0]!.effective.state).toBe('unresolved');
    expect(windowsOf(4, records(0))[0]!.effective.state).toBe('unresolved');
  });

  it('is decided over a window where the gradients of every step bear it out', () => {
    expect(windowsOf(4, stairs(1.1))[0]!.effective).toMatchObject({ state: 'holds' });
    expect(windowsOf(4, stairs(3))[0]!.effective).toMatchObject({ state: 'unresolved' });
    expect(windowsOf(4, stairs(-1))[0]!.effective).toMatchObject({ state: 'unresolved' });
    // By more than an eighth of the loss for each end nothing but a fall remains.
    expect(windowsOf(4, stairs(30))[0]!.effective).toMatchObject({ state: 'holds' });
    const unmeasured = stairs(1.1).map((each, i) => (i === 2 ? { ...each, lossAfter: null } : each));
    expect(windowsOf(4, unmeasured)[0]!.effective).toMatchObject({ state: 'unresolved' });
  });
});

it('claims nothing of its gradients over a step that nothing is claimed of', () => {
  const obstacles = [{ condition: 'alignment', reason: 'another gradient' }] as const;
  const records = Array.from({ length: 9 }, (_, i) => step(i, i === 2 ? { obstacles } : {}));
  const [first, second] = windowsOf(4, records);
  expect(first).toMatchObject({
    alignment: { state: 'unresolved', reason: 'step 2: another gradient' },
    effective: { state: 'holds' },
    psi: null,
    metric: null,
  });
  expect(second!.alignment.state).toBe('holds');
  const huge = Array.from({ length: 5 }, (_, i) => step(i, { lossBefore: 1e31 - i, lossAfter: 1e31 - i }));
  expect(windowsOf(4, huge)[0]!.alignment.reason).toMatch(/above 1e30/);
});

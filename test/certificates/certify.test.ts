import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Certificate, State, Verdict } from '../../src/certificates/certificate.js';
import { certify } from '../../src/certificates/certify.js';
import type { StepRecord } from '../../src/certificates/stepRecord.js';
import { verdict } from '../../src/certificates/verdict.js';
import { externalStep } from '../../src/cli/externalStep.js';

const exact = (line: Record<string, unknown>): Certificate =>
  certify(externalStep({ y: [3, 4], g: [1, 1], eta: 0.1, ...line }, 0));

/** The same numbers as measured in float32, with whatever noise. */
const measured = (noise: object = {}, more: Partial<StepRecord> = {}): StepRecord => ({
  ...externalStep({ y: [3, 4], g: [1, 1], eta: 0.1, lossBefore: 1, lossAfter: 0.5 }, 0),
  precision: 'float32',
  noise: {
    yNormMax: 5,
    gradientJitter: null,
    logarithmic: false,
    absYTheta: 1,
    lossNoise: null,
    roundingNorm: 1e-6,
    ...noise,
  },
  ...more,
});

describe('the verdict is the strongest statement proven', () => {
  const states: State[] = ['holds', 'fails', 'unresolved', 'skipped'];
  const table: [State | 'not holds', State | 'not fails' | 'not holds', Verdict][] = [
    ['holds', 'not fails', 'natural-gradient'],
    ['holds', 'fails', 'overshoot'],
    ['not holds', 'holds', 'discrete-natural-gradient'],
    ['fails', 'not holds', 'not-natural-gradient'],
    ['unresolved', 'not holds', 'unresolved'],
    ['skipped', 'not holds', 'unresolved'],
  ];
  const fits = (state: State, asked: string): boolean =>
    asked.startsWith('not ') ? state !== asked.slice(4) : state === asked;
  it.each(states.flatMap((a) => states.map((e) => [a, e] as const)))(
    'alignment %s, effective %s',
    (alignment, effective) => {
      const row = table.find(([a, e]) => fits(alignment, a) && fits(effective, e));
      expect(verdict(alignment, effective)).toBe(row?.[2]);
    },
  );
});

describe('named cases', () => {
  it.each([
    ['zero update', { g: [0, 0] }, /update is zero/],
    ['zero gradient', { y: [0, 0] }, /gradient is zero/],
    ['orthogonal', { y: [1, 0], g: [0, 1] }, /rounding/],
  ])('%s is unresolved', (_, line, reason) => {
    const { verdict: got, alignment, metric } = exact(line);
    expect([got, alignment.state, metric]).toEqual(['unresolved', 'unresolved', null]);
    expect(alignment.reason).toMatch(reason);
  });

  it('a fall from above 1.8e19 in float32 may be an overflow, a rise is none', () => {
    const after = (lossBefore: number, lossAfter: number): State =>
      certify(measured({}, { lossBefore, lossAfter })).effective.state;
    expect([after(1e25, 1), after(1e25, 1e26), after(1e19, 1)]).toEqual(['unresolved', 'fails', 'holds']);
  });

  it('nor is a fall by a step longer than 1e9, whatever its rate', () => {
    for (const [learningRate, g, state] of [
      [1, [1e10, 0], 'unresolved'],
      [1e-3, [1e13, 0], 'unresolved'],
      [1e-3, [1e10, 0], 'holds'],
      [1, [1e300, 0], 'unresolved'],
    ] as const) {
      const { gram } = externalStep({ y: [1, 1], g: [...g] }, 0);
      const { effective } = certify(measured({}, { gram, learningRate, lossBefore: 1e3, lossAfter: 1 }));
      expect(effective.state, effective.reason).toBe(state);
      const rise = certify(measured({}, { gram, learningRate, lossBefore: 1, lossAfter: 1e3 }));
      expect(rise.effective.state).toBe('fails');
    }
  });

  it('a loss above 1e30 in float32', () => {
    const { alignment, effective } = certify(measured({}, { lossBefore: 2e30, lossAfter: 1e30 }));
    expect([alignment.state, effective.state]).toEqual(['unresolved', 'unresolved']);
  });

  it('near-orthogonal waits for the noise of the gradient; a small decrease for the noise of the loss', () => {
    const steep = externalStep({ y: [1, 1e-5], g: [1e-5, 1] }, 0).gram;
    expect(certify(measured({}, { gram: steep })).alignment.reason).toMatch(/not measured yet/);
    expect(certify(measured({ gradientJitter: 1e-9 }, { gram: steep })).alignment.state).toBe('holds');
    const small = { lossBefore: 1, lossAfter: 1 - 5e-6 };
    expect(certify(measured({}, small)).effective.state).toBe('unresolved');
    expect(certify(measured({ lossNoise: 1e-8 }, small)).effective.state).toBe('holds');
    expect(certify(measured({ lossNoise: 1e-6 }, small)).effective.state).toBe('unresolved');
  });

  // A loss of log(1 − p) may move in steps of 0.14 here; that it does, its noise has to show.
  it.each([
    [0.05, 'holds'],
    [1e-5, 'unresolved'],
  ] as const)('gradients at both ends against a loss that is known to %f: %s', (lossNoise, state) => {
    const steps = { staircase: 7e-6, gradientJitter: 1e-4, yNormMax: 5, logarithmic: true, absYTheta: 1, lossNoise };
    const record = measured(steps, {
      learningRate: 0.01,
      lossBefore: 100,
      lossAfter: 100.05,
      after: { yg: 6.9, yNorm: 5 },
    });
    expect(certify(record).effective).toMatchObject({ state });
  });

  it.each([
    [{ lossNoise: 0.1 }, 'unresolved', /no more than its own noise/],
    [{ lossNoise: 0.01 }, 'holds', /descends/],
    // What moves in steps has gradients that are better than it is.
    [{ lossNoise: 0.1, staircase: 1e-5 }, 'holds', /descends/],
  ] as const)('a loss of 1 with %j: alignment is %s', (noise, state, reason) => {
    const { alignment } = certify(measured({ gradientJitter: 1e-4, ...noise }));
    expect(alignment.state).toBe(state);
    expect(alignment.reason).toMatch(reason);
  });

  it('overshoot says what to do', () => {
    const { verdict: got, effective } = exact({ lossBefore: 1, lossAfter: 1.25 });
    expect(got).toBe('overshoot');
    expect(effective.reason).toMatch(/rose by 0\.250 although the direction descends: the step is too long/);
  });

  it('the structure ladder', () => {
    const rung = (y: number[], g: number[]) =>
      exact({
        y,
        g,
        variables: [
          { name: 'a', size: 2 },
          { name: 'b', size: 2 },
        ],
      }).structure;
    expect(rung([1, 2, 3, 4], [2, 4, 6, 8])).toBe('scalar');
    expect(rung([1, 2, 3, 4], [2, 4, 3, 4])).toBe('per-variable-scalar');
    expect(rung([1, 2, 3, 4], [1, 1, 1, 1])).toBe('diagonal');
    expect(rung([1, 2, 3, 4], [-1, 1, 1, 1])).toBe('block-diagonal');
    expect(rung([1, 2, 3, 4], [-1, 0, 1, 1])).toBe('dense');
    expect(rung([1, 2, 3, 4], [-1, -1, -1, -1])).toBe('none');
  });
});

describe('the step-size condition', () => {
  it('on quadratics flips at exactly the theoretical rate', () => {
    const eigenvalues = fc.tuple(
      fc.double({ min: -5, max: -0.1, noNaN: true }),
      fc.double({ min: 0.1, max: 5, noNaN: true }),
    );
    const point = fc.tuple(fc.double({ min: 0.2, max: 2, noNaN: true }), fc.double({ min: 0.2, max: 2, noNaN: true }));
    fc.assert(
      fc.property(eigenvalues, point, ([low, high], [a, b]) => {
        // Along y the decrease is η y·y − η² yᵀHy/2; the bound asks it to exceed ½|λ|η² y·y.
        const y = [-low * a, -high * b];
        const yy = y.reduce((sum, value) => sum + value * value, 0);
        const yHy = low * (y[0] as number) ** 2 + high * (y[1] as number) ** 2;
        const limit = (2 * yy) / (yHy + Math.abs(low) * yy);
        const loss = (eta: number) => 7 - eta * yy + (eta * eta * yHy) / 2;
        const at = (eta: number) =>
          exact({
            y,
            g: y,
            eta,
            lossBefore: 7,
            lossAfter: loss(eta),
            hessian: [
              [low, 0],
              [0, high],
            ],
          }).stepSize;
        fc.pre(loss(limit) < 7 - 1e-6);
        expect(at(limit * (1 - 1e-7)).state).toBe('holds');
        expect(at(limit * (1 + 1e-7)).state).toBe('fails');
        expect(at(limit * 0.5).hessianMin).toBeCloseTo(low, 10);
      }),
      { numRuns: 200 },
    );
  });

  it('a positive semidefinite Hessian sets no limit; with hessianMin alone the optimal bound is not known', () => {
    expect(exact({ lossBefore: 1, lossAfter: 0.9, hessianMin: 0 }).stepSize).toMatchObject({
      state: 'holds',
      bound: null,
    });
    expect(exact({ lossBefore: 1, lossAfter: 1.1, hessianMin: 0 }).stepSize.state).toBe('fails');
    const { stepSize } = exact({ lossBefore: 1, lossAfter: 0.9, hessianMin: -1 });
    expect([stepSize.etaMaxOptimal, stepSize.etaMaxSupremum === null]).toEqual([null, false]);
    expect(exact({ lossBefore: 1, lossAfter: 0.9 }).stepSize.state).toBe('skipped');
  });
});

describe('as JSON', () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true });
  const line = fc.integer({ min: 1, max: 5 }).chain((size) =>
    fc.record(
      {
        y: fc.array(number, { minLength: size, maxLength: size }),
        g: fc.array(number, { minLength: size, maxLength: size }),
        eta: fc.double({ min: 1e-300, max: 1e300, noNaN: true }),
        lossBefore: number,
        lossAfter: number,
        hessianMin: number,
      },
      { requiredKeys: ['y', 'g'] },
    ),
  );

  it('never holds NaN or Infinity, and a replayed record gives the same certificate byte for byte', () => {
    fc.assert(
      fc.property(line, (given) => {
        const record = externalStep(given, 0);
        const certificate = certify(record);
        const numbers: unknown[] = [];
        JSON.stringify(certificate, (_, value: unknown) => (typeof value === 'number' && numbers.push(value), value));
        expect(numbers.filter((value) => !Number.isFinite(value))).toEqual([]);
        expect(JSON.stringify(certify(JSON.parse(JSON.stringify(record)) as StepRecord))).toBe(
          JSON.stringify(certificate),
        );
      }),
      { numRuns: 2000 },
    );
  });
});

import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { certifyFlow, type Flow } from '../../src/certificates/certifyFlow.js';
import { metric } from '../../src/geometry/metric.js';
import { anySeed } from '../oracles/seed.js';

const seed = anySeed();
const random = xoroshiro128plus(seed);
const uniform = (): number => 2 * uniformFloat64(random) - 1;
const vector = (size: number): number[] => Array.from({ length: size }, uniform);
const dot = (u: readonly number[], v: readonly number[]): number =>
  u.reduce((sum, ui, i) => sum + ui * (v[i] as number), 0);

describe(`certifyFlow, seed ${String(seed)}`, () => {
  it('agrees with dense matrices, whatever the dimension and the scale', () => {
    for (let trial = 0; trial < 40; trial++) {
      const size = 1 + (trial % 9);
      const scale = 10 ** (4 * uniform());
      const gradient = vector(size).map((each) => each * scale);
      const velocity = vector(size);
      const descends = dot(gradient, velocity) < 0;
      const got = certifyFlow({ state: vector(size), velocity, gradient });
      const where = `trial ${String(trial)}`;
      expect(got.verdict, where).toBe(descends ? 'natural-gradient' : 'not-natural-gradient');
      expect(got.rate, where).toBeCloseTo(-dot(gradient, velocity), 9 - Math.log10(scale));
      if (!descends) {
        expect([got.metric, got.rateBound, got.structure], where).toEqual([null, null, 'none']);
        continue;
      }
      const y = gradient.map((each) => -each);
      const dense = new Matrix((metric(y, velocity)?.dense() ?? []).map((row) => [...row]));
      const eigenvalues = new EigenvalueDecomposition(dense, { assumeSymmetric: true }).realEigenvalues;
      const largest = Math.max(...eigenvalues);
      expect((got.metric?.eigenvalueMax ?? 0) / largest, where).toBeCloseTo(1, 9);
      expect(Math.abs((got.metric?.eigenvalueMin ?? 0) - Math.min(...eigenvalues)) / largest, where).toBeLessThan(
        1e-12,
      );
      expect((got.rateBound ?? 0) / (dot(y, y) / largest), where).toBeCloseTo(1, 9);
      expect(got.rate ?? 0, where).toBeGreaterThanOrEqual((got.rateBound ?? 1) * (1 - 1e-12));
    }
  });

  it('takes functions of the state, and the gradient of a potential by differences', () => {
    for (let trial = 0; trial < 30; trial++) {
      const size = 1 + (trial % 6);
      const scale = 10 ** (3 * uniform());
      const weights = vector(size).map((each) => 1.5 + each);
      const state = vector(size).map((each) => each * scale);
      const turn = vector(size);
      // Not a polynomial, so that the differences are not exact.
      const potential = (x: readonly number[]): number =>
        x.reduce((sum, xi, i) => sum + (weights[i] as number) * Math.log(Math.cosh(xi / scale)), 0);
      const gradient = (x: readonly number[]): number[] =>
        x.map((xi, i) => ((weights[i] as number) * Math.tanh(xi / scale)) / scale);
      const velocity = (x: readonly number[]): number[] =>
        gradient(x).map((each, i) => -each + (0.3 * (turn[i] as number)) / scale);
      const exact = certifyFlow({ state, velocity, gradient, potential });
      const plain = certifyFlow({ state, velocity: velocity(state), gradient: gradient(state) });
      const differences = certifyFlow({ state, velocity, potential });
      const where = `trial ${String(trial)}`;
      expect({ ...exact, lossBefore: null }, where).toEqual(plain);
      expect(exact.lossBefore, where).toBe(potential(state));
      expect(differences.lossBefore, where).toBe(potential(state));
      const tolerance = differences.alignment.tolerance ?? 0;
      expect(Math.abs((differences.rate ?? 0) - (exact.rate ?? 0)), where).toBeLessThanOrEqual(tolerance);
      // Wide enough to be true, and narrow enough to be of use.
      expect(tolerance, where).toBeLessThan(1e-6 * (Math.abs(exact.rate ?? 0) + 1 / scale ** 2));
      if (differences.alignment.state !== 'unresolved') expect(differences.verdict, where).toBe(exact.verdict);
    }
  });

  it('claims nothing within the error of the differences', () => {
    // A velocity that goes round the hill: y·g is 0 but for what the differences make of it.
    const potential = ([a = 0, b = 0]: readonly number[]): number => Math.cosh(a) * Math.cosh(b) + 1e3;
    const velocity = ([a = 0, b = 0]: readonly number[]): number[] => [
      Math.cosh(a) * Math.sinh(b),
      -Math.sinh(a) * Math.cosh(b),
    ];
    for (let trial = 0; trial < 50; trial++) {
      const got = certifyFlow({ state: vector(2), velocity, potential });
      expect([got.verdict, got.metric]).toEqual(['unresolved', null]);
      expect(got.alignment.reason).toMatch(/error of the differences/);
    }
  });

  it('has no η, and says so', () => {
    const got = certifyFlow({ state: [1, 2], velocity: [-1, -2], gradient: [1, 2], step: 3, time: 0.5 });
    expect([got.learningRate, got.predictedDecrease, got.lossAfter]).toEqual([null, null, null]);
    expect([got.effective.state, got.stepSize.state]).toEqual(['skipped', 'skipped']);
    expect([got.step, got.time, got.rate, got.structure]).toEqual([3, 0.5, 5, 'scalar']);
    expect(got.metric?.psi).toBe(0);
  });
});

describe('certifyFlow, named cases', () => {
  it.each<[string, Partial<Flow>, RegExp]>([
    ['equilibrium', { velocity: [0, 0], gradient: [0, 0] }, /^equilibrium/],
    ['zero velocity', { velocity: [0, 0] }, /^equilibrium/],
    ['critical point', { gradient: [0, 0] }, /^critical point/],
    ['NaN', { velocity: [Number.NaN, 0] }, /non-finite/],
    ['Infinity', { gradient: () => [Number.POSITIVE_INFINITY, 0] }, /non-finite/],
    ['a state that left', { state: [Number.NaN, 0] }, /non-finite: the state/],
    ['orthogonal', { velocity: [0, 1], gradient: [1, 0] }, /rounding/],
  ])('%s is unresolved', (_, more, reason) => {
    const got = certifyFlow({ state: [1, 1], velocity: [-1, -1], gradient: [1, 1], ...more });
    expect([got.verdict, got.alignment.state, got.metric, got.rateBound]).toEqual([
      'unresolved',
      'unresolved',
      null,
      null,
    ]);
    expect(got.alignment.reason).toMatch(reason);
    expect(JSON.parse(JSON.stringify(got))).toEqual(got);
  });

  it('a potential that is NaN is unresolved', () => {
    const got = certifyFlow({ state: [-1], velocity: [1], potential: ([x = 0]) => Math.log(x) });
    expect([got.verdict, got.lossBefore]).toEqual(['unresolved', null]);
  });

  it('squares that leave float64 do no harm', () => {
    const got = certifyFlow({ state: [1, 1], velocity: [-1e-200, -2e-200], gradient: [1e200, 1e200] });
    expect(got.verdict).toBe('natural-gradient');
    expect(got.rate).toBeCloseTo(3, 12);
  });

  it.each<[string, object, RegExp]>([
    ['no state', { state: undefined }, /`state` to be an array of at least one number, got undefined/],
    ['empty', { state: [] }, /`state` to be an array of at least one number, got an array of 0/],
    ['length', { velocity: [1] }, /`velocity` to be an array of 2 numbers, as `state` is, got an array of 1/],
    ['text', { gradient: [1, '2'] }, /`gradient\[1\]` to be a number, got 2 \(string\)/],
    ['null', { gradient: [1, null] }, /`gradient\[1\]` to be a number, got null/],
    [
      'what a function gives',
      { velocity: () => 3 },
      /`velocity` to be an array of 2 numbers, as `state` is, got 3 \(number\)/,
    ],
    ['neither', { gradient: undefined }, /`gradient` or `potential`, got neither/],
    ['potential', { potential: 3 }, /`potential` to be a function of the state, got 3 \(number\)/],
    ['what a potential gives', { potential: () => '3' }, /`potential` to return a number, got 3 \(string\)/],
    ['step', { step: -1 }, /`step` to be an integer >= 0, got -1/],
    ['time', { time: Number.NaN }, /`time` to be a finite number, got NaN/],
  ])('bad input: %s', (_, more, message) => {
    const flow = { state: [1, 1], velocity: [-1, -1], gradient: [1, 1], ...more } as Flow;
    expect(() => certifyFlow(flow)).toThrow(message);
    expect(() => certifyFlow(flow)).toThrow(/^certifyFlow: expected/);
  });
});

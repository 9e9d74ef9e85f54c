import * as tf from '@tensorflow/tfjs';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { beforeAll, describe, expect, it } from 'vitest';
import { deviceGrams } from '../../callbacks/deviceGrams.js';
import { gram } from '../../src/linalg/gram.js';
import { anySeed } from '../oracles/seed.js';

const seed = anySeed();
const generator = xoroshiro128plus(seed);
const draw = (size: number, scale: number): Float32Array =>
  Float32Array.from({ length: size }, () => scale * (2 * uniformFloat64(generator) - 1));

interface Case {
  readonly gradients: (Float32Array | null)[];
  readonly before: Float32Array[];
  readonly after: Float32Array[];
}

/** Steps `before + step` whose entries are exact float32 numbers. */
function made(
  sizes: number[],
  y: number,
  theta: number,
  step: (i: number, size: number, gradient: Float32Array) => Float32Array,
): Case {
  const gradients = sizes.map((size) => draw(size, y));
  const before = sizes.map((size) => draw(size, theta));
  const after = before.map((start, i) => {
    const delta = step(i, start.length, gradients[i] as Float32Array);
    return start.map((value, k) => value + (delta[k] as number));
  });
  return { gradients, before, after };
}

const cases: Record<string, () => Case> = {
  'many small variables': () => made([3, 1, 1024, 1025, 7], 1, 1, (_, size) => draw(size, 0.01)),
  'one that fills several packs': () => made([300_000, 12, 40_000], 1, 0.1, (_, size) => draw(size, 0.001)),
  'plain descent': () => made([500, 20], 1, 0.1, (_, __, gradient) => gradient.map((value) => -0.125 * value)),
  'numbers whose squares vanish': () => made([200, 30], 1e-25, 1e-3, (_, size) => draw(size, 1e-4)),
  'nearly orthogonal': () => made([4000], 1, 1e-6, (_, size) => draw(size, 1)),
};

/** @param rhos where `(y·Δ)/(Δ·Δ)` was a step before. */
function measure(
  { gradients, before, after }: Case,
  rhos: number[] = [],
  scale = { y: 1, d: 1 },
): ReturnType<ReturnType<typeof deviceGrams>['read']> {
  const tensors = {
    gradients: gradients.map((each) => (each === null ? undefined : tf.tensor1d(each))),
    before: before.map((each) => tf.tensor1d(each)),
    after: after.map((each) => tf.tensor1d(each)),
  };
  const names = before.map((_, i) => `variable ${i}`);
  const { numbers, read } = deviceGrams({ names, ...tensors }, 0.125, { rho: rhos, deviceScale: scale });
  const values = Float64Array.from(numbers.dataSync());
  tf.dispose([numbers, tensors.before, tensors.after, tensors.gradients.filter((each) => each !== undefined)]);
  return read(values);
}

const joined = (parts: readonly (Float32Array | null)[], sizes: readonly Float32Array[]): number[] =>
  parts.flatMap((part, i) => Array.from(part ?? new Float32Array((sizes[i] as Float32Array).length)));

describe('Grams by a device’s operations, against 32 digits', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  it.each(Object.keys(cases))('%s', (name) => {
    const before = tf.memory();
    const given = (cases[name] as () => Case)();
    const small = name.includes('vanish');
    const found = measure(
      given,
      name === 'plain descent' ? [] : given.before.map(() => 0),
      small ? { y: 2 ** 50, d: 1 } : undefined,
    );
    const y = joined(given.gradients, given.before).map((value) => -value);
    const theta = joined(given.before, given.before);
    const g = joined(given.after, given.before).map((value, i) => (value - (theta[i] as number)) / 0.125);
    const expected = gram(y, g);
    const scale = 2 ** (expected.yExponent ?? 0);
    const size = Math.sqrt(expected.yy * expected.gg) * scale;
    expect(Math.abs((found.gram?.yg ?? 0) - expected.yg * scale), `seed ${seed}`).toBeLessThanOrEqual(found.dotError);
    expect(found.dotError).toBeLessThan(2e-5 * size);
    expect(Math.abs((found.gram?.yy ?? 0) / scale ** 2 - expected.yy)).toBeLessThan(1e-5 * expected.yy);
    expect(Math.abs((found.gram?.gg ?? 0) - expected.gg)).toBeLessThan(1e-5 * expected.gg);
    expect(found.absYTheta).toBeGreaterThanOrEqual(
      0.999 * y.reduce((sum, value, i) => sum + Math.abs(value * (theta[i] as number)), 0),
    );
    found.variables.forEach((variable, i) => {
      const own = given.gradients[i] as Float32Array;
      const conflict = own.some((value, k) => {
        const d = (given.after[i]?.[k] as number) - (given.before[i]?.[k] as number);
        return !(-value * d > 0) && (value !== 0 || d !== 0);
      });
      if (name !== 'plain descent') expect(variable.conflicts > 0).toBe(conflict);
      expect(variable.dimension).toBe(own.length);
    });
    if (name === 'plain descent') {
      expect(found.variables.map((each) => each.conflicts)).toEqual([0, 0]);
      expect(Math.sqrt((found.gram?.rejected ?? 1) / expected.yy)).toBeLessThan(1e-5);
    }
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
  });

  it('a variable without a gradient counts with none, and NaN is named', () => {
    const given = made([5, 6], 1, 1, (_, size) => draw(size, 0.1));
    const without = measure({ ...given, gradients: [null, given.gradients[1] as Float32Array] });
    expect(without.variables[0]).toMatchObject({ yy: 0, yg: 0, conflicts: 1 });
    (given.after[1] as Float32Array)[2] = Number.NaN;
    const broken = measure(given);
    expect(broken.gram).toBeNull();
    expect(broken.nonFinite).toMatch(/update of "variable 1"/);
  });
});

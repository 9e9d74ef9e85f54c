import * as tf from '@tensorflow/tfjs';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { beforeAll, describe, expect, it } from 'vitest';
import { displacement } from '../../callbacks/displacement.js';
import { displacementGram, hasConflict } from '../../callbacks/gramKernel.js';
import { nodeMissing, skipNode } from '../backends/nodeBackend.js';
import { anySeed } from '../oracles/seed.js';

const seed = anySeed();

interface Arrays {
  readonly gradient: Float32Array;
  readonly before: Float32Array;
  readonly after: Float32Array;
}

/** A step along the gradient turned by an angle, rounded as training rounds it. */
function step(size: number, rate: number, turn: number, scale = 1): Arrays {
  const random = xoroshiro128plus(seed + size);
  const uniform = (): number => 2 * uniformFloat64(random) - 1;
  const gradient = Float32Array.from({ length: size }, () => scale * uniform());
  const before = Float32Array.from({ length: size }, uniform);
  const after = before.map(
    (value, i) => value - rate * ((gradient[i] as number) * Math.cos(turn) + scale * uniform() * Math.sin(turn)),
  );
  return { gradient, before, after };
}

function measured<T>(
  { gradient, before, after }: Arrays,
  ask: (way: ReturnType<typeof displacement>) => T,
  shape = [gradient.length],
): T {
  const start = tf.memory();
  const [y, from, to] = [gradient, before, after].map((values) => tf.tensor(values, shape)) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const answer = ask(displacement(y, from, to));
  tf.dispose([y, from, to]);
  const { numTensors, numDataBuffers } = tf.memory();
  expect([numTensors, numDataBuffers]).toEqual([start.numTensors, start.numDataBuffers]);
  return answer;
}

describe.skipIf(skipNode)(`on the backend of tfjs-node${nodeMissing === null ? '' : ` (${nodeMissing})`}`, () => {
  beforeAll(async () => {
    expect(await tf.setBackend('tensorflow')).toBe(true);
  });

  it.each([16_384, 300_001])('%i entries: the same numbers as on the host', (size) => {
    for (const rate of [1e-6, 1e-3, 1]) {
      for (const turn of [0, 1e-4, 1e-2, 0.5, 1.5, Math.PI / 2, 2, Math.PI]) {
        const arrays = step(size, rate, turn);
        const told = `seed ${seed}, rate ${rate}, turn ${turn}`;
        const truth = displacementGram(arrays.gradient, arrays.before, arrays.after, 0);
        const got = measured(arrays, (way) => way.gram(0));
        expect(Math.abs(got.yy / truth.yy - 1), told).toBeLessThan(3e-7);
        expect(Math.abs(got.dd / truth.dd - 1), told).toBeLessThan(3e-7);
        // A claim is made from 4.8e-7 of ‖y‖‖Δ‖ on at the least.
        expect(Math.abs(got.yd - truth.yd) / Math.sqrt(truth.yy * truth.dd), told).toBeLessThan(2.5e-7);
        const sine = (rejected: number): number => Math.sqrt(rejected / truth.yy);
        expect(Math.abs(sine(got.rejected) - sine(truth.rejected)), told).toBeLessThan(
          3e-7 + 1e-3 * sine(truth.rejected),
        );
      }
    }
  });

  it.each([16_384, 300_001])('%i updates of one size, as of Adam: y·Δ is off by no more than it says', (size) => {
    const random = xoroshiro128plus(seed);
    const spread = step(size, 1, 0).gradient;
    // Float32 sums of equal numbers err all to one side. The last is one of the worst of 9,000 that were tried.
    const equal = [...Array.from({ length: 8 }, () => 1 + uniformFloat64(random)), 1.06844326].map((value) =>
      spread.map((sign) => Math.sign(sign) * value),
    );
    for (const gradient of [spread, ...equal]) {
      for (const turned of [0, 0.1, 0.4, 0.49, 0.5]) {
        const before = new Float32Array(size);
        // This share of them goes the wrong way.
        const after = gradient.map((value, i) => -(2 ** -10) * Math.sign(value) * (i % 100 < 100 * turned ? -1 : 1));
        const truth = displacementGram(gradient, before, after, 0);
        const { yd, dotError = 0 } = measured({ gradient, before, after }, (way) => way.gram(0));
        expect(Math.abs(yd - truth.yd), `seed ${seed}, turned ${turned}`).toBeLessThanOrEqual(
          dotError || 1e-12 * Math.abs(truth.yd),
        );
        expect(dotError).toBeLessThan(1e-5 * Math.sqrt(truth.yy * truth.dd));
      }
    }
  });

  it('next to orthogonal, exactly along, and tiny numbers are measured in float64', () => {
    const size = 20_000;
    const sign = (arrays: Arrays): number => measured(arrays, (way) => way.gram(0)).yd;
    for (const scale of [1e-22, 1e-16, 1, 1e15, 1e18]) {
      const arrays = step(size, 1 / scale, 0.3, scale);
      const truth = displacementGram(arrays.gradient, arrays.before, arrays.after, 0);
      expect(Math.abs(sign(arrays) / truth.yd - 1), `seed ${seed}, scale ${scale}`).toBeLessThan(1e-6);
    }
    // y·Δ is one part in 1e8 of ‖y‖‖Δ‖.
    const gradient = Float32Array.from({ length: size }, (_, i) => (i % 2 === 0 ? 1 : -1));
    const before = new Float32Array(size);
    const after = Float32Array.from({ length: size }, (_, i) => (i === 0 ? 1 - 2 ** -12 : 1));
    const truth = displacementGram(gradient, before, after, 0);
    expect(measured({ gradient, before, after }, (way) => way.gram(0))).toEqual(truth);
    const along = gradient.map((value) => -value);
    expect(measured({ gradient, before, after: along }, (way) => way.gram(1).rejected)).toBe(0);
  });

  // 30,030 = 2 · 3 · 5 · 7 · 11 · 13 entries.
  it.each([[[30_030]], [[1, 30_030]], [[30_030, 1]], [[130, 231]], [[5, 6, 7, 143]], [[2, 3, 5, 7, 143]]])(
    'finds the one conflict wherever it lies, and none where there is none: %j',
    (shape) => {
      const size = 30_030;
      const arrays = step(size, 0.01, 0);
      // A gradient so small that the rounding of θ swallows its step would be a conflict of its own.
      const gradient = arrays.gradient.map((value) => Math.sign(value || 1) * Math.max(Math.abs(value), 1e-3));
      const clean = {
        ...arrays,
        gradient,
        after: arrays.before.map((value, i) => value - 0.1 * (1 + (i % 5)) * (gradient[i] as number)),
      };
      clean.gradient[7] = 0;
      clean.after[7] = clean.before[7] as number;
      const asked = (each: Arrays): boolean => measured(each, (way) => way.hasConflict(), shape);
      expect(hasConflict(clean.gradient, clean.before, clean.after)).toBe(false);
      expect(asked(clean), `seed ${seed}`).toBe(false);
      const noticed = (each: Arrays): boolean | undefined => measured(each, (way) => way.gram(0).conflict, shape);
      expect(noticed(clean), `seed ${seed}`).toBeUndefined();
      expect(noticed(step(size, 1, 1)), `seed ${seed}`).toBe(true);
      for (const at of [0, 7, size >> 1, size - 1]) {
        const after = clean.after.slice();
        after[at] = (clean.before[at] as number) + 0.5 * Math.sign((clean.gradient[at] as number) || 1);
        expect(asked({ ...clean, after }), `seed ${seed}, at ${at}`).toBe(true);
      }
    },
  );

  it('sums |yᵢθᵢ| and squares', () => {
    const arrays = step(50_000, 0.01, 0.2);
    const sum = arrays.gradient.reduce((total, y, i) => total + Math.abs(y * (arrays.before[i] as number)), 0);
    const squares = arrays.after.reduce((total, value) => total + value * value, 0);
    expect(Math.abs(measured(arrays, (way) => way.absoluteDot()) / sum - 1)).toBeLessThan(1e-6);
    expect(Math.abs(measured(arrays, (way) => way.squaredNorm()) / squares - 1)).toBeLessThan(1e-6);
  });
});

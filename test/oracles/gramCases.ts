import * as tf from '@tensorflow/tfjs';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { type DeviceGrams, deviceGrams } from '../../callbacks/deviceGrams.js';

/** A step of several variables; `null`: no gradient. Plain JSON. */
export interface GramCase {
  readonly shapes: number[][];
  readonly gradients: (number[] | null)[];
  readonly before: number[][];
  readonly after: number[][];
  /** Where `(y·Δ)/(Δ·Δ)` was a step before. */
  readonly rho?: number[];
  readonly scale?: { readonly y: number; readonly d: number };
}

export const eta = 0.125;

export interface MeasuredCase extends DeviceGrams {
  /** How often it was measured. */
  readonly passes: number;
  readonly leaked: number;
}

/** Steps whose entries are float32 numbers, of many shapes and sizes. */
export function gramCases(seed: number): Record<string, GramCase> {
  const generator = xoroshiro128plus(seed);
  const draw = (size: number, scale: number): number[] =>
    Array.from({ length: size }, () => Math.fround(scale * (2 * uniformFloat64(generator) - 1)));
  const made = (
    shapes: number[][],
    y: number,
    theta: number,
    step: (size: number, gradient: number[]) => number[],
  ): GramCase => {
    const sizes = shapes.map((shape) => shape.reduce((product, length) => product * length, 1));
    const gradients = sizes.map((size) => draw(size, y));
    const before = sizes.map((size) => draw(size, theta));
    const after = before.map((start, i) => {
      const delta = step(start.length, gradients[i] as number[]);
      return start.map((value, k) => Math.fround(value + (delta[k] as number)));
    });
    return { shapes, gradients, before, after, rho: shapes.map(() => 0) };
  };
  const plain = made([[500], [20]], 1, 0.1, (_, gradient) => gradient.map((value) => -eta * value));
  const broken = (what: 'gradients' | 'after', value: number): GramCase => {
    const given = made([[5], [6]], 1, 1, (size) => draw(size, 0.1));
    ((given[what] as number[][])[1] as number[])[2] = value;
    return given;
  };
  // Updates of ±η, as Adam's first ones, however small the gradient.
  const signs = made([[40, 30], [30]], 1e-3, 0.1, (_, gradient) => gradient.map((value) => -eta * Math.sign(value)));
  const several = made([[5], [6]], 1, 1, (size) => draw(size, 0.1));
  return {
    'many small variables': made([[3], [1], [1024], [1025], [7]], 1, 1, (size) => draw(size, 0.01)),
    'odd shapes': made([[7, 5], [3, 3, 2, 5], [], [1, 9], [9, 1], [5, 4, 3]], 1, 1, (size) => draw(size, 0.01)),
    'large ones': made([[500, 600], [12], [200, 201]], 1, 0.1, (size) => draw(size, 0.001)),
    'plain descent': { ...plain, rho: [] },
    'signs of a small gradient': { ...signs, rho: [] },
    'signs of a small gradient beside a large one': {
      shapes: [...signs.shapes, ...several.shapes],
      gradients: [...signs.gradients, ...several.gradients],
      before: [...signs.before, ...several.before],
      after: [...signs.after, ...several.after],
      rho: [],
    },
    'plain descent after a rate a thousand times as large': { ...plain, rho: plain.shapes.map(() => 1e-3 / eta) },
    'plain descent after a rate a thousandth of it': { ...plain, rho: plain.shapes.map(() => 1e3 / eta) },
    'numbers whose squares vanish': {
      ...made([[200], [30]], 1e-25, 1e-3, (size) => draw(size, 1e-4)),
      scale: { y: 2 ** 50, d: 1 },
    },
    'nearly orthogonal': made([[4000]], 1, 1e-6, (size) => draw(size, 1)),
    'without a gradient': { ...several, gradients: [null, several.gradients[1] as number[]] },
    'an update that is NaN': broken('after', Number.NaN),
    'a gradient that is infinite': broken('gradients', Number.POSITIVE_INFINITY),
    'a gradient that is NaN': broken('gradients', Number.NaN),
  };
}

/**
 * What is measured of a case on the backend in use, again where ρ was too far off, as of a step.
 *
 * @param moved the tensors are results of an operation, as those of a training are; else they come from the host
 */
export async function measureCase(
  { shapes, gradients, before, after, rho = [], scale = { y: 1, d: 1 } }: GramCase,
  moved: boolean,
): Promise<MeasuredCase> {
  const start = tf.memory();
  const tensor = (values: number[], i: number): tf.Tensor =>
    tf.tidy(() => {
      const given = tf.tensor(values, shapes[i], 'float32');
      return moved ? tf.mul(given, 1) : given;
    });
  const step = {
    names: shapes.map((_, i) => `variable ${i}`),
    gradients: gradients.map((each, i) => (each === null ? undefined : tensor(each, i))),
    before: before.map(tensor),
    after: after.map(tensor),
  };
  const track = { rho, deviceScale: scale, thetaSquared: [], steps: 1 };
  const measured = async (): Promise<DeviceGrams> => {
    const { numbers, read } = deviceGrams(step, eta, track, true);
    const values = Float64Array.from(await numbers.data());
    numbers.dispose();
    return read(values);
  };
  const first = await measured();
  const found = first.blurred ? await measured() : first;
  tf.dispose([step.before, step.after, step.gradients.filter((each) => each !== undefined)]);
  const end = tf.memory();
  const leaked = Math.abs(end.numTensors - start.numTensors) + Math.abs(end.numDataBuffers - start.numDataBuffers);
  return { ...found, passes: first.blurred ? 2 : 1, leaked };
}

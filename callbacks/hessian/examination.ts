import * as tf from '@tensorflow/tfjs';
import { mersenne } from 'pure-rand/generator/mersenne';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { distance } from '../../src/linalg/distance.js';
import { dot } from '../../src/linalg/dot.js';
import { norm } from '../../src/linalg/norm.js';
import { centralDifferences, type Differences } from './differences.js';
import { exactProduct, type Point, type Rounding } from './exactProduct.js';
import { randomRounding } from './randomRounding.js';
import type { Reads } from './reads.js';
import { float32Epsilon, jittered, randomSigns, sumOfDirections, tensorsOf } from './vectors.js';

/** Which way to a product is to be trusted at one point, and how far. */
export interface Examination {
  readonly method: 'exact' | 'differences' | 'none';
  readonly reason: string;
  /** How much rounding, at random, changed the product with a vector of length 1. */
  readonly noise: number;
  readonly backend: string;
}

/** What one exact product gave, read back to float64. */
export interface Reading {
  readonly value: number;
  /** Empty where it was not asked for. */
  readonly gradient: Float64Array;
  readonly product: Float64Array;
  readonly slope: number;
  readonly unknown: readonly string[];
}

interface ReadOptions {
  /** Without it the kernels round as they do. */
  readonly rounding?: Rounding;
  readonly withGradient?: boolean;
}

/** What differences gave, with their own error. */
export interface DifferenceReading {
  /** The loss at the point itself. */
  readonly value: number;
  readonly product: Float64Array;
  readonly error: number;
  /** Why they are not to be trusted; `null`: they may be. */
  readonly objection: string | null;
}

/** Runs of random rounding, by their generators and signs: the second turns every element the other way than the first. */
const roundings = [
  [0, 1],
  [0, -1],
  [1, 1],
] as const;

/** Relative disagreements that no rounding explains: within the exact way, and with differences, which have an error of their own. */
const inconsistent = 1e-3;
const wrong = 0.01;

/**
 * Smallest share of the bend that is left at half the step and still called smooth: a smooth gradient leaves a quarter, one with
 * kinks leaves half or more.
 */
const smoothShare = 0.45;

export function* readExact(
  point: Point,
  vector: Float64Array,
  { rounding, withGradient = true }: ReadOptions = {},
): Reads<Reading> {
  const shapes = point.variables.map((variable) => variable.shape);
  const vectors = tensorsOf(vector, shapes);
  try {
    const result = exactProduct(point, vectors, rounding);
    const { value, slope, gradient, product } = result;
    try {
      return {
        value: (yield [value])[0] as number,
        slope: (yield [slope])[0] as number,
        gradient: withGradient ? yield gradient : new Float64Array(0),
        product: yield product,
        unknown: [...result.unknown],
      };
    } finally {
      tf.dispose([value, slope, gradient, product]);
    }
  } finally {
    tf.dispose(vectors);
  }
}

/** The same product as if float32 had rounded otherwise: θ an ulp off and every kernel's output too. */
function* readRounded(point: Point, vector: Float64Array, seed: number, sign: 1 | -1): Reads<Reading> {
  const generator = mersenne(seed);
  const at: tf.Tensor[] = [];
  try {
    for (const source of point.at ?? point.variables) {
      at.push(...tensorsOf(jittered(yield [source], generator, sign), [source.shape]));
    }
    return yield* readExact({ ...point, at }, vector, { rounding: randomRounding(generator, sign) });
  } finally {
    tf.dispose(at);
  }
}

/**
 * The product by differences, `h = ½ ε^{1/3} ‖θ‖/‖v‖`, and what speaks against them: a kink crossed on the way, a gradient that
 * bends as no smooth one does, a loss whose slope is another.
 */
export function* readDifferences(point: Point, vector: Float64Array): Reads<DifferenceReading> {
  const length = norm(vector);
  const theta = norm(yield point.at ?? point.variables);
  const step = (0.5 * Math.cbrt(float32Epsilon) * (theta || Math.sqrt(vector.length))) / length;
  const vectors = tensorsOf(
    vector,
    point.variables.map((variable) => variable.shape),
  );
  let differences: Differences | undefined;
  try {
    differences = yield* centralDifferences(point, vectors, step);
    const whole = yield differences.whole;
    const half = yield differences.half;
    const bend = yield differences.bend;
    const halfBend = yield differences.halfBend;
    const gradient = yield differences.gradient;
    const slopeAndValue = yield [differences.slope, differences.value];
    const gap = distance(whole, half);
    const slopeGap = Math.abs((slopeAndValue[0] as number) - dot(gradient, vector));
    const floor = (8 * float32Epsilon * norm(gradient)) / step;
    const error = 4 * gap + floor + 4 * float32Epsilon ** (2 / 3) * norm(whole);
    const value = slopeAndValue[1] as number;
    return { value, product: whole, error, objection: objectionTo(differences.crossings) };

    function objectionTo(crossings: number): string | null {
      if (!Number.isFinite(error)) return 'the gradient is not finite beside θ';
      if (crossings > 0) return `${crossings} elements cross a kink within the step`;
      if (
        slopeGap >
        wrong * norm(gradient) * length + (64 * float32Epsilon * Math.abs(slopeAndValue[1] as number)) / step
      )
        return 'the gradient is not the slope of the loss';
      if (norm(halfBend) > smoothShare * norm(bend) + floor * step)
        return 'the gradient does not bend as a smooth one does';
      return gap > 0.1 * norm(whole) + floor ? 'two step lengths disagree' : null;
    }
  } finally {
    tf.dispose(vectors);
    if (differences) {
      const { whole, half, bend, halfBend, gradient, slope, value } = differences;
      tf.dispose([whole, half, bend, halfBend, gradient, slope, value]);
    }
  }
}

/**
 * Decides which way is to be trusted. A random vector, the gradient and the vector asked for make a probe `p`; the exact way must
 * give the slope of the loss along `p` as the gradient has it, a symmetric Hessian, `⟨u, Hp⟩ = ⟨p, Hu⟩` for a random `u`, and what
 * differences give wherever these cross no kink. Else differences, if nothing speaks against them. Costs about 23 gradients.
 *
 * @param first the product with `vector`.
 */
export function* examine(
  point: Point,
  vector: Float64Array,
  first: Reading,
  generator: RandomGenerator,
): Reads<Examination> {
  const probe = toFloat32(sumOfDirections(first.gradient, vector, randomSigns(vector.length, generator)));
  const bare = { noise: Infinity, backend: tf.getBackend() } as const;
  if (first.unknown.length > 0) {
    const unknown = `no derivative is known of ${first.unknown.join(', ')}`;
    const { objection } = yield* readDifferences(point, probe);
    return objection
      ? { ...bare, method: 'none', reason: `${unknown}, and differences are not to be trusted: ${objection}` }
      : { ...bare, method: 'differences', reason: `${unknown}; differences agree with each other` };
  }
  const signs = randomSigns(vector.length, generator);
  yield [];
  const along = yield* readExact(point, probe);
  yield [];
  const across = yield* readExact(point, signs);
  if (!Object.is(along.value, first.value) || !Object.is(across.value, first.value)) {
    return { ...bare, method: 'none', reason: `the loss is not the same twice: ${first.value}, then ${along.value}` };
  }
  let noise = 0;
  let slopeNoise = 64 * float32Epsilon * Math.abs(first.value);
  const seed = generator.next();
  for (const [offset, sign] of roundings) {
    yield [];
    const rounded = yield* readRounded(point, probe, seed + offset, sign);
    noise = Math.max(noise, distance(rounded.product, along.product));
    slopeNoise = Math.max(slopeNoise, 8 * Math.abs(rounded.slope - along.slope));
    slopeNoise = Math.max(slopeNoise, 8 * Math.abs(dot(rounded.gradient, probe) - dot(along.gradient, probe)));
  }
  if (!Number.isFinite(noise)) return { ...bare, method: 'none', reason: 'the product is not finite beside θ' };
  const exact: Examination = { ...bare, noise, method: 'exact', reason: 'the derivative of every kernel is known' };
  const doubt = doubtOf();
  yield [];
  const differences = yield* readDifferences(point, probe);
  if (differences.objection !== null) {
    if (doubt === null)
      return { ...exact, reason: `${exact.reason}; no check by differences: ${differences.objection}` };
    return { ...bare, method: 'none', reason: `${doubt}; differences: ${differences.objection}` };
  }
  if (doubt !== null) return { ...bare, method: 'differences', reason: `${doubt}; differences agree with each other` };
  const gap = distance(differences.product, along.product);
  if (gap <= differences.error + 12 * noise + wrong * norm(along.product)) return exact;
  return { ...bare, method: 'none', reason: `the exact product and differences disagree by ${gap.toPrecision(2)}` };

  function doubtOf(): string | null {
    const scale = Math.sqrt(probe.length);
    if (
      Math.abs(along.slope - dot(along.gradient, probe)) >
      inconsistent * norm(along.gradient) * norm(probe) + slopeNoise
    )
      return 'the gradient is not the slope of the loss as its kernels have it';
    const asymmetry = Math.abs(dot(signs, along.product) - dot(probe, across.product));
    const size = (norm(along.product) * norm(signs) + norm(across.product) * norm(probe)) / scale;
    return asymmetry > inconsistent * size + 12 * noise * scale
      ? 'the derivative of the gradient is not symmetric'
      : null;
  }
}

/**
 * The same question at another point of the same training, where the exact way was found to be right before: its noise is
 * measured anew, along `vector` itself, and the slope checked. Costs about four gradients; `null`: not to be answered so.
 */
export function* reexamine(
  point: Point,
  vector: Float64Array,
  first: Reading,
  earlier: Examination,
  generator: RandomGenerator,
): Reads<Examination | null> {
  if (earlier.method !== 'exact' || earlier.backend !== tf.getBackend() || first.unknown.length > 0) return null;
  const rounded = yield* readRounded(point, vector, generator.next(), 1);
  const length = norm(vector);
  // One rounding instead of three, on one vector: taken half as large again, and no smaller than a fraction of before.
  const noise = Math.max((1.5 * distance(rounded.product, first.product)) / length, earlier.noise / 4);
  const slopeNoise = 64 * float32Epsilon * Math.abs(first.value) + 8 * Math.abs(rounded.slope - first.slope);
  const slopeGap = Math.abs(first.slope - dot(first.gradient, vector));
  if (!Number.isFinite(noise) || !(slopeGap <= inconsistent * norm(first.gradient) * length + slopeNoise)) return null;
  return { ...earlier, noise };
}

const toFloat32 = (vector: Float64Array): Float64Array => vector.map(Math.fround);

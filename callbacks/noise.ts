import * as tf from '@tensorflow/tfjs';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { mersenne } from 'pure-rand/generator/mersenne';
import { ecNoise } from '../src/linalg/ecNoise.js';
import { type Arithmetic, type Gradients, resultOf } from './arithmetic.js';
import type { Evaluation } from './evaluation.js';
import { roundedOtherwise } from './roundedOtherwise.js';
import type { Reads } from './hessian/reads.js';

/** Machine epsilon of float32, 2⁻²³. */
const epsilon = 2 ** -23;
const jitterSizes = [1, 2, 4, 6];
const ladderSteps = 7;

/** Random signs for the probes, from a generator of our own: the user's `Math.random` is never touched. */
export const probeGenerator = (seed: number): RandomGenerator => mersenne(seed);

function assignDisplaced(
  variables: readonly tf.Variable[],
  at: readonly tf.Tensor[],
  scale: number,
  generator: RandomGenerator,
  { displaced }: Arithmetic,
): void {
  variables.forEach((variable, i) => {
    variable.assign(displaced(at[i] as tf.Tensor, scale, generator));
  });
}

/**
 * `J`, the noise of a float32 gradient: the largest `‖∇L(θ + s) − ∇L(θ)‖` over four jitters of a few ulp (THEORY, section 6), each with every
 * kernel rounding otherwise: where an output lies on a plateau (a sigmoid next to 1) no jitter of θ shows how little is left of its
 * derivative. Costs a gradient and a product for each of its kernels, for every jitter, and two copies of θ while it runs; the variables
 * are as before afterwards.
 *
 * @param at θ, `gradients` `∇L(θ)` as the training computed it (`undefined`: the variable had none).
 * @param sizes of the jitters, in ulp
 */
export function* gradientJitter(
  evaluation: Evaluation,
  variables: tf.Variable[],
  at: readonly tf.Tensor[],
  gradients: Gradients,
  generator: RandomGenerator,
  arithmetic: Arithmetic,
  sizes: readonly number[] = jitterSizes,
): Reads<number> {
  let largest = 0;
  for (const size of sizes) {
    const change = evaluation.outcome((loss) => {
      assignDisplaced(variables, at, size * epsilon, generator, arithmetic);
      const { grads } = roundedOtherwise(generator, () => tf.variableGrads(loss, variables));
      const found = variables.map((variable) => grads[variable.name]);
      return arithmetic.squaredDistance(found, gradients);
    });
    largest = Math.max(largest, Math.sqrt(yield* resultOf(change)));
  }
  return largest;
}

/** What losses beside θ tell. */
export interface LossNoise {
  /** `σ`; NaN: nothing is learnt of it. */
  readonly value: number;
  /** Is the gradient what the loss changes by? */
  readonly slope: Slope;
}

/** Does a gradient agree with the losses? `open`: they do not tell. */
export type Slope = 'agrees' | 'differs' | 'open';

/** Distances of the rungs, relative to θ. The second is for losses too coarse to change over the first. */
const rungs = [2 ** -12, 2 ** -7];

/**
 * `σ`, the noise of a float32 loss, by ECNoise over seven losses at `θ + j 2⁻¹² s max(|θ|, 0.1 rms)` (THEORY, section 6), and no less than what
 * three random roundings change it by: terms that cancel may leave a loss that moves in steps, which seven losses need not show. Costs ten
 * losses, rarely seventeen; the variables are as before afterwards.
 *
 * @param gradients `∇L(θ)`, to be held against the losses
 */
export function* lossNoise(
  evaluation: Evaluation,
  variables: tf.Variable[],
  at: readonly tf.Tensor[],
  seed: number,
  arithmetic: Arithmetic,
  gradients: Gradients | null = null,
): Reads<LossNoise> {
  const losses = function* (scale: number, evaluate: (loss: () => tf.Scalar) => tf.Scalar): Reads<number> {
    const value = evaluation.outcome((loss) => {
      // The same signs at every rung: the generator starts anew.
      assignDisplaced(variables, at, scale, probeGenerator(seed), arithmetic);
      return arithmetic.scalar(evaluate(loss));
    });
    return yield* resultOf(value);
  };
  let ladder: number[] = [];
  let noise = 0;
  let telling: number | null = null;
  for (const rung of rungs) {
    ladder = [];
    for (let j = 0; j < ladderSteps; j++) ladder.push(yield* losses(j * rung, (loss) => loss()));
    // A table of equal values says nothing [Moré & Wild 2011, section 4].
    if (new Set(ladder).size <= ladderSteps / 2) continue;
    noise = ecNoise(ladder);
    telling = rung;
    break;
  }
  const roundings = probeGenerator(seed + 1);
  for (let i = 0; i < 3; i++) {
    const rounded = yield* losses(0, (loss) => roundedOtherwise(roundings, loss));
    noise = Math.max(noise, Math.abs(rounded - (ladder[0] as number)));
  }
  const value = noise > 0 ? noise : Number.NaN;
  if (gradients === null || telling === null) return { value, slope: 'open' };
  const rung = telling;
  const along = evaluation.outcome(() => {
    assignDisplaced(variables, at, rung, probeGenerator(seed), arithmetic);
    return arithmetic.descent(gradients, at, variables);
  });
  const { yd } = yield* resultOf(along);
  return { value, slope: slopeOf(ladder, noise, -yd) };
}

/** Share of a slope that losses have to tell it to, and that a gradient may be off by. */
const close = 0.05;

/**
 * Holds what a gradient says that a loss changes by from one rung to the next against what it does there: by five of its values, with what three
 * of them make of it as its error.
 */
export function slopeOf(ladder: readonly number[], noise: number, expected: number): Slope {
  const [a, b, c, d, e] = ladder as [number, number, number, number, number];
  const slope = (-25 * a + 48 * b - 36 * c + 16 * d - 3 * e) / 12;
  const error = Math.abs(slope - (-3 * a + 4 * b - c) / 2) + 16 * noise;
  const size = Math.max(Math.abs(slope), Math.abs(expected));
  const gap = Math.abs(slope - expected);
  if (gap > 2 * close * size + 4 * error) return 'differs';
  return error < close * size && gap < close * size + error ? 'agrees' : 'open';
}

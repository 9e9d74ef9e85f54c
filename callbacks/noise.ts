import * as tf from '@tensorflow/tfjs';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { mersenne } from 'pure-rand/generator/mersenne';
import { ecNoise } from '../src/linalg/ecNoise.js';
import { type Arithmetic, type Gradients, resultOf } from './arithmetic.js';
import type { Evaluation } from './evaluation.js';
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
 * `J`, the noise of a float32 gradient: the largest `‖∇L(θ + s) − ∇L(θ)‖` over four jitters of a few ulp (THEORY, section 6).
 * Costs four gradients and two copies of θ while it runs; the variables are as before afterwards.
 *
 * @param at θ, `gradients` `∇L(θ)` as the training computed it (`undefined`: the variable had none).
 * @param scale the probes' size in jitters: 1 but for tests.
 */
export function* gradientJitter(
  evaluation: Evaluation,
  variables: tf.Variable[],
  at: readonly tf.Tensor[],
  gradients: Gradients,
  generator: RandomGenerator,
  arithmetic: Arithmetic,
): Reads<number> {
  let largest = 0;
  for (const size of jitterSizes) {
    const change = evaluation.outcome((loss) => {
      assignDisplaced(variables, at, size * epsilon, generator, arithmetic);
      const { grads } = tf.variableGrads(loss, variables);
      const found = variables.map((variable) => grads[variable.name]);
      return arithmetic.squaredDistance(found, gradients);
    });
    largest = Math.max(largest, Math.sqrt(yield* resultOf(change)));
  }
  return largest;
}

/** Distances of the rungs, relative to θ. The second is for losses too coarse to change over the first. */
const rungs = [2 ** -12, 2 ** -7];

/**
 * `σ`, the noise of a float32 loss, by ECNoise over seven losses at `θ + j 2⁻¹² s max(|θ|, 0.1 rms)` (THEORY, section 6); NaN where
 * the losses hardly differ even over wider rungs, so that nothing is learnt of their noise. Costs seven losses, rarely fourteen;
 * the variables are as before afterwards.
 */
export function* lossNoise(
  evaluation: Evaluation,
  variables: tf.Variable[],
  at: readonly tf.Tensor[],
  seed: number,
  arithmetic: Arithmetic,
): Reads<number> {
  for (const rung of rungs) {
    const values: number[] = [];
    for (let j = 0; j < ladderSteps; j++) {
      const value = evaluation.outcome((loss) => {
        // The same signs at every rung: the generator starts anew.
        assignDisplaced(variables, at, j * rung, probeGenerator(seed), arithmetic);
        return arithmetic.scalar(loss());
      });
      values.push(yield* resultOf(value));
    }
    // A table of equal values says nothing [Moré & Wild 2011, section 4].
    if (new Set(values).size > ladderSteps / 2) return ecNoise(values);
  }
  return Number.NaN;
}

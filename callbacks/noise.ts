import * as tf from '@tensorflow/tfjs';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { mersenne } from 'pure-rand/generator/mersenne';
import { ecNoise } from '../src/linalg/ecNoise.js';
import type { Evaluation } from './evaluation.js';
import { squaredNorm } from './gramKernel.js';
import { hostArray } from './hostArray.js';

/** Machine epsilon of float32, 2⁻²³. */
const epsilon = 2 ** -23;
const jitterSizes = [1, 2, 4, 6];
const ladderSteps = 7;

/** Random signs for the probes, from a generator of our own: the user's `Math.random` is never touched. */
export const probeGenerator = (seed: number): RandomGenerator => mersenne(seed);

/** `values + scale · sᵢ max(|valueᵢ|, 0.1 rms)` with signs `sᵢ`, thirty-two signs a draw. */
function displaced(values: Float32Array, scale: number, generator: RandomGenerator): Float32Array {
  const floor = 0.1 * Math.sqrt(squaredNorm(values) / Math.max(1, values.length));
  const moved = new Float32Array(values.length);
  let bits = 0;
  for (let i = 0; i < values.length; i++) {
    if ((i & 31) === 0) bits = generator.next();
    const value = values[i] as number;
    const size = scale * Math.max(Math.abs(value), floor);
    moved[i] = value + (bits & 1 ? size : -size);
    bits >>= 1;
  }
  return moved;
}

function assignDisplaced(
  variables: readonly tf.Variable[],
  at: readonly tf.Tensor[],
  scale: number,
  generator: RandomGenerator,
): void {
  variables.forEach((variable, i) => {
    const from = at[i] as tf.Tensor;
    variable.assign(tf.tensor(displaced(hostArray(from), scale, generator), from.shape, 'float32'));
  });
}

/**
 * `J`, the noise of a float32 gradient: the largest `‖∇L(θ + s) − ∇L(θ)‖` over four jitters of a few ulp (THEORY, section 6).
 * Costs four gradients and two copies of θ while it runs; the variables are as before afterwards.
 *
 * @param at θ, `gradients` `∇L(θ)` as the training computed it (`undefined`: the variable had none).
 * @param scale the probes' size in jitters: 1 but for tests.
 */
export function gradientJitter(
  evaluation: Evaluation,
  variables: tf.Variable[],
  at: readonly tf.Tensor[],
  gradients: readonly (tf.Tensor | undefined)[],
  generator: RandomGenerator,
): number {
  let largest = 0;
  for (const size of jitterSizes) {
    const change = evaluation.undisturbed((loss) => {
      assignDisplaced(variables, at, size * epsilon, generator);
      const { grads } = tf.variableGrads(loss, variables);
      return variables.reduce((sum, variable, i) => sum + squaredDistance(grads[variable.name], gradients[i]), 0);
    });
    largest = Math.max(largest, Math.sqrt(change));
  }
  return largest;
}

function squaredDistance(a: tf.Tensor | undefined, b: tf.Tensor | undefined): number {
  if (!a || !b) return a || b ? squaredNorm(hostArray((a ?? b) as tf.Tensor)) : 0;
  const u = hostArray(a);
  const v = hostArray(b);
  let sum = 0;
  for (let i = 0; i < u.length; i++) {
    const d = (u[i] as number) - (v[i] as number);
    sum += d * d;
  }
  return sum;
}

/** Distances of the rungs, relative to θ. The second is for losses too coarse to change over the first. */
const rungs = [2 ** -12, 2 ** -7];

/**
 * `σ`, the noise of a float32 loss, by ECNoise over seven losses at `θ + j 2⁻¹² s max(|θ|, 0.1 rms)` (THEORY, section 6); NaN where
 * the losses hardly differ even over wider rungs, so that nothing is learnt of their noise. Costs seven losses, rarely fourteen;
 * the variables are as before afterwards.
 */
export function lossNoise(
  evaluation: Evaluation,
  variables: tf.Variable[],
  at: readonly tf.Tensor[],
  seed: number,
): number {
  for (const rung of rungs) {
    const values = Array.from({ length: ladderSteps }, (_, j) =>
      evaluation.undisturbed((loss) => {
        // The same signs at every rung: the generator starts anew.
        assignDisplaced(variables, at, j * rung, probeGenerator(seed));
        return hostArray(loss())[0] as number;
      }),
    );
    // A table of equal values says nothing [Moré & Wild 2011, section 4].
    if (new Set(values).size > ladderSteps / 2) return ecNoise(values);
  }
  return Number.NaN;
}

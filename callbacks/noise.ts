import type * as tf from '@tensorflow/tfjs';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { ecNoise } from '../src/linalg/ecNoise.js';
import { type Arithmetic, type Gradients, resultOf } from './arithmetic.js';
import type { Evaluation } from './evaluation.js';
import { assignDisplaced, type Ladder, probeGenerator, type RandomLine } from './randomLine.js';
import type { Reads } from './hessian/reads.js';
import { gradientsOf } from './lossGradients.js';

/** Machine epsilon of float32, 2⁻²³. */
const epsilon = 2 ** -23;
const jitterSizes = [1, 2, 4, 6];
const roundings = 4;
/** A noise that was measured at another θ, or by one gradient, counts this many times. */
export const staleness = 16;

/** The noise of a float32 gradient, as a norm. */
export interface Jitter {
  /** `J`, the largest `‖∇L(θ + s) − ∇L(θ)‖` over the jitters. */
  readonly here: number;
  /** What it is taken for at other θ: no less than `here`. */
  readonly elsewhere: number;
}

/**
 * `J`, the noise of a float32 gradient, by four jitters of a few ulp (THEORY, section 6), each with every kernel rounding otherwise: where an
 * output lies on a plateau (a sigmoid next to 1) no jitter of θ shows how little is left of its derivative. Some jitters cross a kink: a ReLU
 * whose sign rounding decides changes the gradient by a thousand times what rounding does where there is none. Elsewhere that counts once, and
 * many times only what every jitter shows. Costs a gradient and a product for each of its kernels, for every jitter, and two copies of θ
 * while it runs; the variables are as before afterwards.
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
): Reads<Jitter> {
  const changes: number[] = [];
  for (const size of sizes) {
    const change = evaluation.roundedOutcome(generator, (loss, rounded) => {
      assignDisplaced(variables, at, size * epsilon, generator, arithmetic);
      return arithmetic.squaredDistance(
        rounded(() => gradientsOf(loss, variables)),
        gradients,
      );
    });
    changes.push(Math.sqrt(yield* resultOf(change)));
  }
  const here = Math.max(...changes);
  return { here, elsewhere: Math.max(staleness * Math.min(...changes), here) };
}

/** Distance of the rungs, relative to θ. */
export const noiseRung = 2 ** -12;
/** The second is for losses too coarse to change over the first. */
const rungs = [noiseRung, 2 ** -7];

/** A table of equal values says nothing [Moré & Wild 2011, section 4]. */
export const saysSomething = ({ losses }: Ladder): boolean => new Set(losses).size > losses.length / 2;

/** `σ`, and the losses that tell it. */
export interface LossNoise {
  /** NaN: nothing is learnt of it. */
  readonly value: number;
  /** `null`: they hardly differ. */
  readonly ladder: Ladder | null;
}

/**
 * `σ`, the noise of a float32 loss, by ECNoise over seven losses at `θ + j 2⁻¹² s max(|θ|, 0.1 rms)` (THEORY, section 6), and no less than what
 * four random roundings change it by: terms that cancel may leave a loss that moves in steps, which seven losses need not show. Costs eleven
 * losses, rarely eighteen; the variables are as before afterwards.
 */
export function* lossNoise(line: RandomLine): Reads<LossNoise> {
  let ladder: Ladder | null = null;
  for (const rung of rungs) {
    const found = yield* line.ladder(rung);
    if (!saysSomething(found)) continue;
    ladder = found;
    break;
  }
  let noise = ladder === null ? 0 : ecNoise(ladder.losses);
  const here = ladder?.losses[0] ?? (yield* line.loss(0));
  const generator = probeGenerator(line.seed + 1);
  for (let i = 0; i < roundings; i++) {
    noise = Math.max(noise, Math.abs((yield* line.rounded(generator)) - here));
  }
  return { value: noise > 0 ? noise : Number.NaN, ladder };
}

import type * as tf from '@tensorflow/tfjs';
import { mersenne } from 'pure-rand/generator/mersenne';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { type Arithmetic, type Gradients, resultOf } from './arithmetic.js';
import type { Evaluation } from './evaluation.js';
import type { Reads } from './hessian/reads.js';
import { gradientsOf } from './lossGradients.js';

/** Losses at equal distances along a line, the first at θ. */
export interface Ladder {
  /** From one to the next. */
  readonly rung: number;
  readonly losses: readonly number[];
}

const steps = 7;

/** Random signs for the probes, from a generator of our own: the user's `Math.random` is never touched. */
export const probeGenerator = (seed: number): RandomGenerator => mersenne(seed);

/** The variables to `at + scale · s max(|at|, 0.1 rms)`, with random signs `s`. */
export function assignDisplaced(
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

/** A loss along `θ + t s max(|θ|, 0.1 rms)`, with random signs `s`. The variables are as before after each of its methods. */
export class RandomLine {
  /** @param at θ */
  constructor(
    private readonly evaluation: Evaluation,
    private readonly variables: tf.Variable[],
    private readonly at: readonly tf.Tensor[],
    readonly seed: number,
    private readonly arithmetic: Arithmetic,
  ) {}

  /** The loss at `t`. */
  *loss(t: number): Reads<number> {
    return yield* resultOf(
      this.evaluation.outcome((loss) => {
        this.#move(t);
        return this.arithmetic.scalar(loss());
      }),
    );
  }

  /** The loss at θ as if float32 had rounded otherwise. */
  *rounded(generator: RandomGenerator): Reads<number> {
    return yield* resultOf(
      this.evaluation.roundedOutcome(generator, (loss, rounded) => {
        this.#move(0);
        return this.arithmetic.scalar(rounded(loss));
      }),
    );
  }

  *ladder(rung: number): Reads<Ladder> {
    const losses: number[] = [];
    for (let j = 0; j < steps; j++) losses.push(yield* this.loss(j * rung));
    return { rung, losses };
  }

  /** What a gradient says that the loss changes by on the way from θ to `t`: that at θ, or without it the one at `t`. */
  *change(t: number, gradients: Gradients | null): Reads<number> {
    const { yd } = yield* resultOf(
      this.evaluation.outcome((loss) => {
        this.#move(t);
        return this.arithmetic.descent(gradients ?? gradientsOf(loss, this.variables), this.at, this.variables);
      }),
    );
    return -yd;
  }

  #move(t: number): void {
    // The same signs at every t: the generator starts anew.
    assignDisplaced(this.variables, this.at, t, probeGenerator(this.seed), this.arithmetic);
  }
}

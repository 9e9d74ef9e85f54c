import { ecNoise } from '../src/linalg/ecNoise.js';
import type { Gradients } from './arithmetic.js';
import type { Reads } from './hessian/reads.js';
import { noiseRung, saysSomething } from './noise.js';
import type { Ladder, RandomLine } from './randomLine.js';

/** Does a gradient agree with what the loss changes by? `open`: the losses do not tell. */
export type Slope = 'agrees' | 'differs' | 'open';

export const notItsSlope =
  'the gradient is not what the loss changes by: of a custom gradient, say, or of labels that are taken for a distribution and are none';

/** What was made of several looks. `once`: it agreed, and may have by chance; `doubted`: it did not, once. */
export type Belief = Slope | 'once' | 'doubted';

/** What is believed of a slope after one look more: a kink may look like a wrong gradient once, and a wrong one like a right one. */
export function believed(before: Belief, seen: Slope): Belief {
  if (seen === 'open') return before;
  if (seen === 'differs') return before === 'doubted' || before === 'differs' ? 'differs' : 'doubted';
  return before === 'differs' ? 'doubted' : before === 'open' || before === 'doubted' ? 'once' : 'agrees';
}

/** Where the losses of a ladder are too coarse to tell, one of these rungs may. */
const wide = 2 ** -8;
/** Share of a slope that losses have to tell it to, and that a gradient may be off by. */
const close = 0.02;

/**
 * Holds the gradient at θ against losses along a random line through it. That of TensorFlow.js need not be the loss's: of a custom gradient,
 * say, or of `tf.losses.softmaxCrossEntropy` with labels that do not sum to 1. Costs nothing where the ladder tells; else up to seven
 * losses, and a gradient before it is said to differ.
 *
 * @param ladder losses along the line
 * @param noise σ of each
 */
export function* slopeOf(line: RandomLine, ladder: Ladder, noise: number, gradients: Gradients): Reads<Slope> {
  const found = yield* heldAgainst(line, ladder, noise, gradients);
  return found === 'open' ? yield* heldAgainst(line, yield* line.ladder(wide), noise, gradients) : found;
}

/**
 * The same by seven losses of a line's own.
 *
 * @param noise `null`: what those seven show
 */
export function* slopeAlong(line: RandomLine, gradients: Gradients, noise: number | null): Reads<Slope> {
  const ladder = yield* line.ladder(noiseRung);
  if (!saysSomething(ladder)) return 'open';
  return yield* slopeOf(line, ladder, noise ?? ecNoise(ladder.losses), gradients);
}

function* heldAgainst(line: RandomLine, { rung, losses }: Ladder, noise: number, gradients: Gradients): Reads<Slope> {
  const here = judged(slopeAtFirst(losses), noise, yield* line.change(rung, gradients));
  if (here !== 'differs') return here;
  // Between two rungs there may be a kink, as of an absolute value that is nearly 0. A wrong gradient is wrong amid them, too.
  const middle = (losses.length - 1) / 2;
  const change = yield* line.change(middle * rung, null);
  return judged(slopeAmid(losses), noise, change / middle) === 'differs' ? 'differs' : 'open';
}

/** What losses change by from one rung to the next, as many of them have it and as few. */
interface Estimate {
  readonly many: number;
  readonly few: number;
}

function slopeAtFirst(losses: readonly number[]): Estimate {
  const [a, b, c, d, e] = losses as [number, number, number, number, number];
  return { many: (-25 * a + 48 * b - 36 * c + 16 * d - 3 * e) / 12, few: (-3 * a + 4 * b - c) / 2 };
}

function slopeAmid(losses: readonly number[]): Estimate {
  const [a, b, c, , d, e, f] = losses as [number, number, number, number, number, number, number];
  return { many: (f - a + 9 * (b - e) + 45 * (d - c)) / 60, few: (d - c) / 2 };
}

function judged({ many, few }: Estimate, noise: number, expected: number): Slope {
  const error = Math.abs(many - few) + 16 * noise;
  const size = Math.max(Math.abs(many), Math.abs(expected));
  const gap = Math.abs(many - expected);
  if (gap > 2 * (close * size + error)) return 'differs';
  return error < close * size && gap < close * size + error ? 'agrees' : 'open';
}

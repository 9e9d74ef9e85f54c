import type * as tf from '@tensorflow/tfjs';
import type { NoiseRecord } from '../src/certificates/stepRecord.js';
import { hostArithmetic } from './arithmetic.js';
import { deviceArithmetic } from './deviceArithmetic.js';
import type { Evaluation } from './evaluation.js';
import { readAsync, type Reads } from './hessian/reads.js';
import { isOnDevice } from './isOnDevice.js';
import { gradientJitter, lossNoise } from './noise.js';
import { asTrainable } from './observe.js';
import { probeGenerator, RandomLine } from './randomLine.js';
import { notItsSlope, slopeAlong, slopeOf } from './slope.js';

/**
 * What rounding does to a loss and to its gradient where nothing is in a hurry; or why that gradient is not what the loss changes by, seen
 * along two lines. Costs four gradients and some twenty losses; the variables are as before afterwards.
 *
 * @param theta where they are, `gradients` `∇L` there
 */
export async function noiseAtPoint(
  evaluation: Evaluation,
  variables: tf.Variable[],
  theta: readonly tf.Tensor[],
  gradients: readonly tf.Tensor[],
  seed: number,
): Promise<Pick<NoiseRecord, 'gradientJitter' | 'lossNoise'> | string> {
  const arithmetic = isOnDevice() ? deviceArithmetic : hostArithmetic;
  const measured = <T>(reads: Reads<T>): Promise<T> => readAsync(reads, (piece) => asTrainable(variables, piece));
  const along = (which: number): RandomLine => new RandomLine(evaluation, variables, theta, which, arithmetic);
  const { here } = await measured(
    gradientJitter(evaluation, variables, theta, gradients, probeGenerator(seed), arithmetic),
  );
  const line = along(seed);
  const { value: sigma, ladder } = await measured(lossNoise(line));
  if (ladder !== null && (await measured(slopeOf(line, ladder, sigma, gradients))) === 'differs') {
    const again = await measured(slopeAlong(along(seed + (1 << 20)), gradients, sigma));
    if (again === 'differs') return notItsSlope;
  }
  return {
    gradientJitter: Number.isFinite(here) ? here : null,
    lossNoise: Number.isFinite(sigma) ? sigma : null,
  };
}

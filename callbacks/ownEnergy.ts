import * as tf from '@tensorflow/tfjs';
import type { StepRecord } from '../src/certificates/stepRecord.js';
import { hostArithmetic, type Result } from './arithmetic.js';
import { isOnDevice } from './isOnDevice.js';
import type { Backlog } from './backlog.js';
import { deviceArithmetic } from './deviceArithmetic.js';
import { Evaluation } from './evaluation.js';
import { noSurvey } from './measuring.js';
import { messageOf } from '../src/messageOf.js';

/** The user's energy after a step; on a device it is there when the numbers of the step are. */
export interface Energy {
  value: number | null;
  /** Why it is not known. */
  trouble: string | null;
}

const notReadBack = 'your energy could not be read back from the device';

/** Evaluates the user's energy, undisturbed as a measure is. What it throws is a reason, not a fault of the training. */
export function measuringEnergy(
  energy: true | (() => number | tf.Scalar) | undefined,
  backlog: Backlog,
): () => Energy | undefined {
  if (typeof energy !== 'function') return () => undefined;
  const evaluation = new Evaluation(energy as () => tf.Scalar, noSurvey);
  return () => {
    const measured: Energy = { value: null, trouble: notReadBack };
    let misfit: string | null = null;
    try {
      const found = evaluation.outcome((again): Result<number> => {
        const value: unknown = again();
        if (typeof value === 'number') return { value };
        if (!(value instanceof tf.Tensor) || value.size !== 1) {
          misfit = `expected your energy to return a number or a scalar, got ${described(value)}`;
          return { value: Number.NaN };
        }
        const { scalar } = isOnDevice() ? deviceArithmetic : hostArithmetic;
        return scalar(value as tf.Scalar);
      });
      backlog.read(found, (value) => {
        measured.value = Number.isFinite(value) ? value : null;
        measured.trouble = misfit ?? (Number.isFinite(value) ? null : `non-finite: your energy is ${String(value)}`);
      });
    } catch (fault) {
      measured.trouble = `your energy threw: ${messageOf(fault)}`;
    }
    return measured;
  };
}

const described = (value: unknown): string =>
  value instanceof tf.Tensor ? `a tensor of shape [${String(value.shape)}]` : typeof value;

/** The energy on both sides of a step, as its record has it. */
export const energyOf = (before: Energy | undefined, after: Energy): NonNullable<StepRecord['energy']> => ({
  before: before?.value ?? null,
  after: after.value,
  trouble:
    after.trouble ??
    (before === undefined ? 'your energy before the first step of a run is not known' : before.trouble),
});

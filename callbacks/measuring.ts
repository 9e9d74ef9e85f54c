import type * as tf from '@tensorflow/tfjs';
import { type Schedules, timetable } from '../src/certificates/schedule.js';
import { hostArithmetic } from './arithmetic.js';
import { isOnDevice } from './isOnDevice.js';
import { scalarLoss } from './scalarLoss.js';
import type { Backlog } from './backlog.js';
import { deviceArithmetic } from './deviceArithmetic.js';
import { Evaluation } from './evaluation.js';

/** A loss on fixed data, to hold windows of minibatch steps against. */
export interface Measure {
  readonly loss: () => tf.Scalar;
  /** When it is evaluated. @default { every: 8 } */
  readonly schedule?: Schedules;
}

/** What was measured; on a device it is there when the numbers of the next step are. */
export interface Measured {
  value: number | undefined;
  /** The smallest difference it took the logarithm of so far, as `NoiseRecord.staircase`; `undefined`: it takes none. */
  staircase: number | undefined;
}

/** Nothing needs finding out about a measure: it is called undisturbed from the first time on. */
export const noSurvey = { model: null, layers: [], logarithmic: true, staircase: true };

/** Evaluates a measure where its schedule says so; what it throws is told and nothing more. Costs one loss each time. */
export function measuring(
  measure: Measure['loss'] | Measure | undefined,
  backlog: Backlog,
): (step: number) => Measured | undefined {
  if (measure === undefined) return () => undefined;
  const { loss, schedule = { every: 8 } } = typeof measure === 'function' ? { loss: measure } : measure;
  const { due } = timetable(schedule);
  const evaluation = new Evaluation(scalarLoss('measure', loss), noSurvey);
  return (step) => {
    if (!due(step)) return undefined;
    const { scalar } = isOnDevice() ? deviceArithmetic : hostArithmetic;
    const measured: Measured = { value: undefined, staircase: undefined };
    try {
      backlog.read(
        evaluation.outcome((again) => scalar(again())),
        (value) => {
          if (Number.isFinite(value)) measured.value = value;
          else backlog.tell(`the measure is ${String(value)} after some steps: no window can be held against it there`);
        },
      );
      const { least } = evaluation.stairs;
      if (least < 1) measured.staircase = least;
    } catch (fault) {
      backlog.tell(
        `the measure threw, and the training goes on: ${fault instanceof Error ? fault.message : String(fault)}`,
      );
    }
    return measured;
  };
}

import type * as tf from '@tensorflow/tfjs';
import { type Schedules, timetable } from '../src/certificates/schedule.js';
import { Evaluation } from './evaluation.js';
import { hostArray } from './hostArray.js';

/** A loss on fixed data, to hold windows of minibatch steps against. */
export interface Measure {
  readonly loss: () => tf.Scalar;
  /** When it is evaluated. @default { every: 8 } */
  readonly schedule?: Schedules;
}

/** Nothing needs finding out about a measure: it is called undisturbed from the first time on. */
const noSurvey = { model: null, layers: [], logarithmic: true };

/** Evaluates a measure where its schedule says so; `undefined` elsewhere. Costs one loss each time. */
export function measuring(measure: Measure['loss'] | Measure | undefined): (step: number) => number | undefined {
  if (measure === undefined) return () => undefined;
  const { loss, schedule = { every: 8 } } = typeof measure === 'function' ? { loss: measure } : measure;
  const { due } = timetable(schedule);
  const evaluation = new Evaluation(loss, noSurvey);
  return (step) => {
    if (!due(step)) return undefined;
    const value = evaluation.undisturbed((again) => hostArray(again())[0] as number);
    return Number.isFinite(value) ? value : undefined;
  };
}

import type * as tf from '@tensorflow/tfjs';
import type { StepRecord } from '../src/certificates/stepRecord.js';
import { type Schedules, timetable } from '../src/certificates/schedule.js';
import { hostArithmetic } from './arithmetic.js';
import { isOnDevice } from './isOnDevice.js';
import { lossNoise } from './noise.js';
import { RandomLine } from './randomLine.js';
import { scalarLoss } from './scalarLoss.js';
import type { Backlog } from './backlog.js';
import { deviceArithmetic } from './deviceArithmetic.js';
import { alias } from './alias.js';
import { Evaluation } from './evaluation.js';
import { readSync } from './hessian/reads.js';
import { messageOf } from '../src/messageOf.js';

/** A loss on fixed data, to hold windows of minibatch steps against. */
export interface Measure {
  readonly loss: () => tf.Scalar;
  /** When it is evaluated. @default { every: 8 } */
  readonly schedule?: Schedules;
}

/** What was measured; on a device it is there when the numbers of the next step are. */
export interface Measured {
  value: number | undefined;
  /** What it is off by, by ECNoise as `NoiseRecord.lossNoise`; `undefined`: not measured. */
  noise: number | undefined;
  /** The smallest difference it took the logarithm of so far, as `NoiseRecord.staircase`; `undefined`: it takes none. */
  staircase: number | undefined;
}

/** Nothing needs finding out about a measure: it is called undisturbed from the first time on. */
export const noSurvey = { model: null, layers: [], logarithmic: true, staircase: true, suspect: false };

/**
 * Evaluates a measure where its schedule says so; what it throws is told and nothing more. Costs one loss each time, and eleven more, for its
 * noise, the first time and whenever it has changed fourfold since.
 */
export function measuring(
  measure: Measure['loss'] | Measure | undefined,
  backlog: Backlog,
): (step: number, variables: readonly tf.Variable[]) => Measured | undefined {
  if (measure === undefined) return () => undefined;
  const { loss, schedule = { every: 8 } } = typeof measure === 'function' ? { loss: measure } : measure;
  const { due } = timetable(schedule);
  const evaluation = new Evaluation(scalarLoss('measure', loss), noSurvey);
  let known: { readonly noise: number; readonly size: number } | null = null;
  return (step, variables) => {
    if (!due(step)) return undefined;
    const { scalar } = isOnDevice() ? deviceArithmetic : hostArithmetic;
    const measured: Measured = { value: undefined, noise: undefined, staircase: undefined };
    try {
      backlog.read(
        evaluation.outcome((again) => scalar(again())),
        (value) => {
          if (Number.isFinite(value)) measured.value = value;
          else backlog.tell(`the measure is ${String(value)} after some steps: no window can be held against it there`);
        },
      );
      const size = Math.abs(measured.value ?? 0);
      if (measured.value !== undefined && (known === null || size > 4 * known.size || size < known.size / 4))
        known = { noise: noiseOf(evaluation, variables, step), size };
      if (known !== null && Number.isFinite(known.noise)) measured.noise = known.noise;
      const { least } = evaluation.stairs;
      if (least < 1) measured.staircase = least;
    } catch (fault) {
      backlog.tell(`the measure threw, and the training goes on: ${messageOf(fault)}`);
    }
    return measured;
  };
}

/** The noise of the measure at θ; NaN: nothing is known of it. On a graphics device it would have to be waited for: the free bounds have to do. */
function noiseOf(evaluation: Evaluation, variables: readonly tf.Variable[], seed: number): number {
  if (isOnDevice()) return Number.NaN;
  const theta = variables.map(alias);
  try {
    return readSync(lossNoise(new RandomLine(evaluation, [...variables], theta, seed, hostArithmetic))).value;
  } finally {
    for (const each of theta) each.dispose();
  }
}

/** The measure on both sides of a step, as its record has it. */
export const measureOf = (
  before: Measured | undefined,
  after: Measured | undefined,
): Pick<StepRecord, 'measure' | 'measureAfter' | 'measureNoise' | 'measureStaircase'> => ({
  ...(before?.value === undefined ? {} : { measure: before.value }),
  ...(after?.value === undefined ? {} : { measureAfter: after.value }),
  ...(after?.noise === undefined ? {} : { measureNoise: after.noise }),
  ...(after?.staircase === undefined ? {} : { measureStaircase: after.staircase }),
});

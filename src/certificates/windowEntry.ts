import type { Gram } from '../linalg/gram.js';
import { alignmentObstacle, dotTolerance } from './alignment.js';
import { effectiveCondition, lossTolerance } from './effective.js';
import type { StepRecord } from './stepRecord.js';

/** What a step leaves in the ring buffer: numbers. */
export interface WindowEntry {
  readonly step: number;
  readonly gram: Gram | null;
  /** Why nothing is to be claimed of it. */
  readonly obstacle: string | null;
  /** What `y·g` may be off by. */
  readonly tolerance: number;
  /** Was the noise of the gradient measured, or is there none? */
  readonly sharp: boolean;
  /** What the change of the loss at this step may be off by; `null`: not known. */
  readonly rounding: number | null;
  /** What this step's own change of the loss is off by, where that is less than for any two losses; `null`: it isn't, or not known. */
  readonly ownError: number | null;
  /** The noise of a measure; `null`: not measured, or no measure. */
  readonly noise: number | null;
  /** The smallest difference that a measure took the logarithm of; `null`: none, or no measure. */
  readonly staircase: number | null;
  /** Is the loss one of float64? */
  readonly exact: boolean;
  /** The fixed loss at θ; a loss that is taken for fixed only where it was seen to be. */
  readonly loss: number | null;
  /** The same loss at θ'. */
  readonly after: number | null;
  /** Did the step before end at exactly the loss that this one starts from? `null`: there was none, or it says nothing, of a loss that may be one. */
  readonly linked: boolean | null;
}

/** The losses of a step, of a run with a fixed measure or of one without. */
function lossesOf(
  { source, measure, measureAfter, lossBefore, lossAfter }: StepRecord,
  before: WindowEntry | undefined,
  measured: boolean,
): Pick<WindowEntry, 'loss' | 'after' | 'linked'> {
  if (measured) return { loss: measure ?? null, after: measureAfter ?? null, linked: true };
  const linked = before === undefined ? null : isLinked(source, before.after, lossBefore);
  return { loss: lossBefore, after: lossAfter, linked };
}

/** Another batch would have to give the same loss to the last bit, as two that are learnt to the end do: 0 says nothing. */
function isLinked(source: StepRecord['source'], ended: number | null, begun: number | null): boolean | null {
  // The true loss that an observed rule is held against is said to be one.
  if (ended === null || begun === null) return source === 'observe' ? null : false;
  if (ended !== begun) return false;
  return begun === 0 ? null : true;
}

/** What a step leaves in the ring buffer of a run, with a fixed measure or without. O(number of variables). */
export function windowEntry(record: StepRecord, before: WindowEntry | undefined, measured: boolean): WindowEntry {
  const { gram, noise, step } = record;
  return {
    step,
    gram,
    obstacle: alignmentObstacle(record),
    tolerance: gram === null ? 0 : dotTolerance(record, gram),
    sharp: noise?.gradientJitter !== null,
    rounding: noise === null ? null : lossTolerance(record),
    ownError: noise?.staircase !== undefined && !measured ? ownError(record) : null,
    noise: record.measureNoise ?? null,
    staircase: record.measureStaircase ?? null,
    exact: record.precision === 'float64',
    ...lossesOf(record, before, measured),
  };
}

/** The gradients of a step bound what its own change is off by on a staircase; those of losses far apart do not. */
function ownError(record: StepRecord): number | null {
  const { lossBefore, lossAfter } = record;
  const { value, tolerance } = effectiveCondition(record);
  if (lossBefore === null || lossAfter === null || value === null || tolerance === null) return null;
  return tolerance + Math.abs(lossBefore - lossAfter - value);
}

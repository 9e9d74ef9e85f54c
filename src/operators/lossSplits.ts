import { filter, map, type OperatorFunction, pairwise, pipe } from 'rxjs';
import { type LossSplitRecord, splitBetween } from '../certificates/splitLoss.js';
import type { StepRecord } from '../certificates/stepRecord.js';

/** Lifts `splitBetween`: one split for each step whose loss after was measured, as soon as the next one starts. */
export const lossSplits = (): OperatorFunction<StepRecord, LossSplitRecord> =>
  pipe(
    pairwise(),
    map(([record, next]) => splitBetween(record, next)),
    filter((split) => split !== null),
  );

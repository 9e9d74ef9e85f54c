import { filter, map, type OperatorFunction, pipe, scan } from 'rxjs';
import type { StepRecord } from '../certificates/stepRecord.js';
import { advanceWindow, emptyWindow, type WindowCertificate } from '../certificates/window.js';

/**
 * Lifts `advanceWindow`: a certificate for every window of `size` steps. A window is closed by the step after it, whose loss it
 * needs; one that the run does not fill is not reported.
 *
 * @param size T; an integer >= 1
 * @param stride steps from one window to the next. @default size: no overlap
 * @throws RangeError at once, naming the parameter
 */
export function windowed(size: number, stride = size): OperatorFunction<StepRecord, WindowCertificate> {
  const empty = emptyWindow(size, stride);
  return pipe(
    scan(advanceWindow, empty),
    map(({ window }) => window),
    filter((window) => window !== null),
  );
}

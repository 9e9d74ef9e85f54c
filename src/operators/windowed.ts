import { filter, Observable, type OperatorFunction, pipe } from 'rxjs';
import type { StepRecord } from '../certificates/stepRecord.js';
import { advanceWindow, emptyWindow, lastWindow, type WindowCertificate } from '../certificates/window.js';

/**
 * Lifts `advanceWindow`: a certificate for every window of `size` steps of one run. A window is closed by the step after it, whose loss it
 * needs, and the last one when the stream completes or another run begins, by the loss after its last step. One that the run does not
 * fill is not reported.
 *
 * @param size T; an integer >= 1
 * @param stride steps from one window to the next. @default size: no overlap
 * @throws RangeError at once, naming the parameter
 */
export function windowed(size: number, stride = size): OperatorFunction<StepRecord, WindowCertificate> {
  const empty = emptyWindow(size, stride);
  return pipe(
    (source: Observable<StepRecord>) =>
      new Observable<WindowCertificate | null>((subscriber) => {
        let state = empty;
        return source.subscribe({
          next: (record) => {
            try {
              state = advanceWindow(state, record);
            } catch (fault) {
              subscriber.error(fault);
              return;
            }
            subscriber.next(state.window);
          },
          error: (fault: unknown) => {
            subscriber.error(fault);
          },
          complete: () => {
            subscriber.next(lastWindow(state));
            subscriber.complete();
          },
        });
      }),
    filter((window) => window !== null),
  );
}

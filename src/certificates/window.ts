import { angle } from '../geometry/angle.js';
import { stackedGram } from '../geometry/window.js';
import type { Gram } from '../linalg/gram.js';
import { nearlyOrthogonal } from './alignment.js';
import type { Condition, MetricSummary } from './certificate.js';
import { summarize } from './certify.js';
import { condition, finite } from './condition.js';
import { stairError } from './effective.js';
import type { StepRecord } from './stepRecord.js';
import { type WindowEntry, windowEntry } from './windowEntry.js';

/** Was a window of steps, as a whole, natural gradient descent on the loss averaged over it? [SSK24, section 1] */
export interface WindowCertificate {
  readonly kind: 'window';
  readonly version: 1;
  /** First and last step. */
  readonly from: number;
  readonly step: number;
  /** T. */
  readonly size: number;
  /** `Y·G` of the stacked state. */
  readonly alignment: Condition;
  /** `L_t − L_{t+T}` of one fixed loss. */
  readonly effective: Condition;
  /** Angle of the stacked state in radians, below π/2; `null` where alignment does not hold. */
  readonly psi: number | null;
  /** The best-conditioned metric of the stacked state, of `T·D` dimensions; `null` where alignment does not hold. */
  readonly metric?: MetricSummary | null;
  /**
   * Smallest T (up to this window's) over which the fixed loss fell from every step so far, by the losses as they were measured, rounding and
   * all; `null`: none, or no fixed loss.
   */
  readonly smallestEffective: number | null;
}

/** State of the windows of one stream; plain data. A new run begins with empty ones. */
export interface WindowState {
  readonly size: number;
  readonly stride: number;
  /** The last `size + 1` steps, oldest first. */
  readonly entries: readonly WindowEntry[];
  /** The run that the entries are of; `null` before the first. */
  readonly run: number | null;
  readonly seen: number;
  /** Has this run a fixed measure? Then no other loss counts. */
  readonly measured: boolean;
  /** Was the loss seen to be one, wherever that could be seen? `null`: nowhere yet. */
  readonly proven: boolean | null;
  /** What the change of the loss was last known to be off by; `null`: never known. */
  readonly rounding: number | null;
  /** `falls[T − 1]`: did the fixed loss fall over T steps from every step so far? */
  readonly falls: readonly boolean[];
  readonly window: WindowCertificate | null;
}

/** @param stride steps from one window to the next; `size` gives windows that do not overlap, 1 one at every step. */
export function emptyWindow(size: number, stride = size): WindowState {
  for (const [name, value] of Object.entries({ size, stride })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(
        `windowed: expected \`${name}\` to be an integer >= 1, got ${String(value)} (${typeof value})`,
      );
    }
  }
  return {
    size,
    stride,
    entries: [],
    run: null,
    seen: 0,
    measured: false,
    proven: null,
    rounding: null,
    falls: Array.from({ length: size }, () => true),
    window: null,
  };
}

/**
 * The losses of a window are those of one function: given as fixed, or each step ended exactly where the next one began. Where that
 * can't be seen, a loss that was seen to be one and never to be two is.
 */
const isOneLoss = ({ entries, proven }: WindowState): boolean =>
  entries.slice(1).every(({ linked }) => linked ?? proven === true);

/** Looks once more; a loss that was seen to be two stays so. */
const provenBy = (proven: boolean | null, { linked }: WindowEntry): boolean | null =>
  linked === null || proven === false ? proven : linked;

/**
 * Takes one step in; `window` of the result is the certificate of the `size` steps before it where one ends here (the loss at
 * θ of this step closes it), else `null`. The step of a new run closes the window that the run before ended with. O(size).
 */
export function advanceWindow(state: WindowState, record: StepRecord): WindowState {
  const { size, stride } = state;
  if (state.run !== null && record.run !== state.run) {
    const begun = advanceWindow(emptyWindow(size, stride), record);
    return { ...begun, window: lastWindow(state) };
  }
  const measured = state.measured || record.measure !== undefined || record.measureAfter !== undefined;
  const known = measured === state.measured ? state : forgettingLosses(state);
  const entry = windowEntry(record, known.entries.at(-1), measured);
  const entries = [...known.entries.slice(-size), entry];
  const seen = state.seen + 1;
  const next: WindowState = {
    size,
    stride,
    entries,
    run: record.run,
    seen,
    measured,
    proven: provenBy(known.proven, entry),
    rounding: entry.rounding ?? state.rounding,
    falls: fallsOf(known.falls, entries),
    window: null,
  };
  const ends = seen > size && (seen - 1 - size) % stride === 0;
  return ends ? { ...next, window: certifyWindow(next) } : next;
}

/** Before its first measure nobody knows that a run has one: the losses until then were others. */
const forgettingLosses = (state: WindowState): WindowState => ({
  ...state,
  entries: state.entries.map((entry) => ({ ...entry, loss: null, after: null, linked: true })),
  falls: state.falls.map(() => true),
});

/**
 * The window that ends with the last step of a run, where one does: what closes it is the loss after that step, if it was measured.
 * `null`: no window ends there. O(size).
 */
export function lastWindow(state: WindowState): WindowCertificate | null {
  const { size, stride, entries, seen, falls } = state;
  const last = entries.at(-1);
  if (last === undefined || seen < size || (seen - size) % stride !== 0) return null;
  const end: WindowEntry = { ...last, step: last.step + 1, gram: null, loss: last.after, after: null, linked: true };
  const closed = [...entries, end].slice(-(size + 1));
  return certifyWindow({ ...state, entries: closed, falls: fallsOf(falls, closed), seen: seen + 1 });
}

function fallsOf(falls: readonly boolean[], entries: readonly WindowEntry[]): readonly boolean[] {
  const last = entries.at(-1);
  // From here on it is another loss.
  if (last?.linked === false) return falls.map(() => false);
  const loss = last?.loss ?? null;
  return falls.map((fell, i) => {
    const earlier = entries.at(-2 - i)?.loss ?? null;
    return fell && (earlier === null || loss === null || loss < earlier);
  });
}

function certifyWindow(state: WindowState): WindowCertificate {
  const { entries, falls, seen } = state;
  const steps = entries.slice(0, -1);
  const first = steps[0] as WindowEntry;
  const last = steps.at(-1) as WindowEntry;
  const grams = steps.map((entry) => entry.gram).filter((gram) => gram !== null);
  const complete = grams.length === steps.length;
  const stacked = complete ? stackedGram(grams) : null;
  const alignment = alignmentOf(steps, stacked);
  const one = isOneLoss(state);
  const fixed = one && entries.every((entry) => entry.loss !== null);
  const smallest = falls.findIndex((fell, i) => fell && seen > i + 1);
  return {
    kind: 'window',
    version: 1,
    from: first.step,
    step: last.step,
    size: steps.length,
    alignment,
    effective: one ? effectiveOf(state) : condition('unresolved', null, null, movingLoss),
    psi: alignment.state === 'holds' && stacked ? (angle(stacked)?.psi ?? null) : null,
    metric: alignment.state === 'holds' && stacked ? summarize(stacked) : null,
    smallestEffective: !fixed || smallest < 0 ? null : smallest + 1,
  };
}

const movingLoss =
  "losses of different batches do not add up: give the monitor a fixed `measure`, or on a full batch `effective: 'always'`";

function alignmentOf(steps: readonly WindowEntry[], stacked: Gram | null): Condition {
  const hindered = steps.find(({ obstacle }) => obstacle !== null);
  if (hindered) return condition('unresolved', null, null, `step ${hindered.step}: ${hindered.obstacle ?? ''}`);
  if (stacked === null) return condition('unresolved', null, null, 'not every step of the window was measured');
  const tolerance = steps.reduce((sum, entry) => sum + entry.tolerance, 0) / steps.length;
  const value = finite(stacked.yg);
  if (value === null || !Number.isFinite(tolerance))
    return condition('unresolved', value, null, 'the noise of the gradient has no bound');
  const square = stacked.yy * stacked.gg;
  if (!steps.every(({ sharp }) => sharp) && value * value < nearlyOrthogonal ** 2 * square)
    return condition(
      'unresolved',
      value,
      tolerance,
      'nearly orthogonal over the window (|cos ψ| < 1e-3), and the noise of the gradient was not measured at every step',
    );
  if (value > tolerance) return condition('holds', value, tolerance, 'over the window the updates descend');
  if (value < -tolerance) return condition('fails', value, tolerance, 'over the window the updates climb');
  return condition('unresolved', value, tolerance, 'within the rounding error of the gradients');
}

function effectiveOf({ entries, measured, rounding }: WindowState): Condition {
  const [first, after] = [entries[0], entries.at(-1)] as [WindowEntry, WindowEntry];
  if (first.loss === null || after.loss === null)
    return condition(
      'unresolved',
      null,
      null,
      measured
        ? 'the fixed loss was not measured at both ends of the window: measure it at every step'
        : 'the fixed loss was not measured at both ends of the window',
    );
  const value = first.loss - after.loss;
  const tolerance = toleranceOf(entries, first.loss, after.loss, measured, rounding);
  if (tolerance === null)
    return condition(
      'unresolved',
      finite(value),
      null,
      "the rounding error of the loss is not known: have `effective` measured now and then (`effective: 'always'` on a full batch)",
    );
  if (value > tolerance) return condition('holds', value, tolerance, 'the fixed loss fell over the window');
  if (value < -tolerance) return condition('fails', value, tolerance, 'the fixed loss rose over the window');
  return condition('unresolved', value, tolerance, 'the change of the fixed loss is within its rounding error');
}

/**
 * What the difference of the losses at both ends may be off by: the largest that is known of a step in the window, or the last one known
 * before, for each end. Of a measure of one's own the same, and no less than some units of its last place; `null`: nothing is known.
 */
function toleranceOf(
  entries: readonly WindowEntry[],
  first: number,
  after: number,
  measured: boolean,
  last: number | null,
): number | null {
  if (entries.slice(0, -1).every(({ exact }) => exact)) return 2 ** -51 * (Math.abs(first) + Math.abs(after));
  const known = entries.flatMap(({ rounding }) => rounding ?? []);
  const rounding = known.length > 0 ? Math.max(...known) : last;
  const floor = 2 ** -20 * Math.max(1, Math.abs(first), Math.abs(after));
  if (measured) {
    const least = entries.flatMap(({ staircase }) => staircase ?? []);
    const stairs = least.length > 0 ? stairError(0, [first, after], { staircase: Math.min(...least) }) : 0;
    const noise = Math.max(0, ...entries.flatMap((entry) => entry.noise ?? []));
    return Math.max(floor, 2 * (rounding ?? 0), 16 * noise) + stairs;
  }
  if (rounding === null) return null;
  return Math.min(2 * rounding, sumOfOwnErrors(entries) ?? Number.POSITIVE_INFINITY);
}

/** `null`: not known of every step, or the changes of the steps do not add up to that of the window. */
function sumOfOwnErrors(entries: readonly WindowEntry[]): number | null {
  let sum = 0;
  for (const [i, { ownError: error, after }] of entries.slice(0, -1).entries()) {
    if (error === null || after !== entries[i + 1]?.loss) return null;
    sum += error;
  }
  return sum;
}

import { angle } from '../geometry/angle.js';
import { stackedGram } from '../geometry/window.js';
import type { Gram } from '../linalg/gram.js';
import { gradientNoise } from './alignment.js';
import type { Condition, MetricSummary } from './certificate.js';
import { summarize } from './certify.js';
import { condition, finite } from './condition.js';
import type { StepRecord } from './stepRecord.js';

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
  /** Smallest T (up to this window's) over which the fixed loss fell from every step so far; `null`: none, or no fixed loss. */
  readonly smallestEffective: number | null;
}

/** What a step leaves in the ring buffer: numbers. */
interface Entry {
  readonly step: number;
  readonly gram: Gram | null;
  /** What `y·g` may be off by. */
  readonly tolerance: number;
  /** The fixed loss at θ; a loss that is taken for fixed only where it was seen to be. */
  readonly loss: number | null;
  /** The same loss at θ'. */
  readonly after: number | null;
  /** Did the step before end at exactly the loss that this one starts from? */
  readonly linked: boolean;
}

/** State of the windows of one stream; plain data. A new run begins with empty ones. */
export interface WindowState {
  readonly size: number;
  readonly stride: number;
  /** The last `size + 1` steps, oldest first. */
  readonly entries: readonly Entry[];
  /** The run that the entries are of; `null` before the first. */
  readonly run: number | null;
  readonly seen: number;
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
    falls: Array.from({ length: size }, () => true),
    window: null,
  };
}

/** The loss that is the same at every step by its nature: a fixed measure, or the true loss an observed rule is held against. */
const fixedLoss = (record: StepRecord): number | null =>
  record.measure ?? (record.source === 'observe' ? record.lossBefore : null);

/** The batch's own loss, which may be the same at every step or not. */
const isPresumed = (record: StepRecord): boolean => record.measure === undefined && record.source !== 'observe';

function entryOf(record: StepRecord, before: Entry | undefined): Entry {
  const { gram, noise, step, lossBefore, lossAfter } = record;
  const tolerance =
    gram === null
      ? 0
      : Math.sqrt(gram.gg) *
        (noise === null ? 2 ** -51 * Math.sqrt(gram.yy) : gradientNoise(noise, Math.sqrt(gram.yy), record.lossBefore));
  return {
    step,
    gram,
    tolerance,
    loss: isPresumed(record) ? lossBefore : fixedLoss(record),
    after: record.measure === undefined ? lossAfter : null,
    // Another batch would have to give the same loss to the last bit.
    linked: !isPresumed(record) || (before?.after != null && before.after === lossBefore),
  };
}

/** The losses of a window are those of one function: given as fixed, or each step ended exactly where the next one began. */
const isOneLoss = (entries: readonly Entry[]): boolean => entries.slice(1).every((entry) => entry.linked);

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
  const entry = entryOf(record, state.entries.at(-1));
  const entries = [...state.entries, entry].slice(-(size + 1));
  const seen = state.seen + 1;
  const falls = fallsOf(state.falls, entries);
  const ends = seen > size && (seen - 1 - size) % stride === 0;
  const window = ends ? certifyWindow(entries, falls, seen) : null;
  return { size, stride, entries, run: record.run, seen, falls, window };
}

/**
 * The window that ends with the last step of a run, where one does: what closes it is the loss after that step, if it was measured.
 * `null`: no window ends there. O(size).
 */
export function lastWindow({ size, stride, entries, seen, falls }: WindowState): WindowCertificate | null {
  const last = entries.at(-1);
  if (last === undefined || seen < size || (seen - size) % stride !== 0) return null;
  const end: Entry = { ...last, step: last.step + 1, gram: null, loss: last.after, after: null, linked: true };
  const closed = [...entries, end].slice(-(size + 1));
  return certifyWindow(closed, fallsOf(falls, closed), seen + 1);
}

function fallsOf(falls: readonly boolean[], entries: readonly Entry[]): readonly boolean[] {
  const last = entries.at(-1);
  // From here on it is another loss.
  if (entries.length > 1 && last?.linked === false) return falls.map(() => false);
  const loss = last?.loss ?? null;
  return falls.map((fell, i) => {
    const earlier = entries.at(-2 - i)?.loss ?? null;
    return fell && (earlier === null || loss === null || loss < earlier);
  });
}

function certifyWindow(entries: readonly Entry[], falls: readonly boolean[], seen: number): WindowCertificate {
  const steps = entries.slice(0, -1);
  const first = steps[0] as Entry;
  const last = steps.at(-1) as Entry;
  const grams = steps.map((entry) => entry.gram).filter((gram) => gram !== null);
  const complete = grams.length === steps.length;
  const stacked = complete ? stackedGram(grams) : null;
  const alignment = alignmentOf(steps, stacked);
  const one = isOneLoss(entries);
  const measured = one && entries.every((entry) => entry.loss !== null);
  const smallest = falls.findIndex((fell, i) => fell && seen > i + 1);
  return {
    kind: 'window',
    version: 1,
    from: first.step,
    step: last.step,
    size: steps.length,
    alignment,
    effective: one ? effectiveOf(first, entries.at(-1) as Entry) : condition('unresolved', null, null, movingLoss),
    psi: alignment.state === 'holds' && stacked ? (angle(stacked)?.psi ?? null) : null,
    metric: alignment.state === 'holds' && stacked ? summarize(stacked) : null,
    smallestEffective: !measured || smallest < 0 ? null : smallest + 1,
  };
}

const movingLoss =
  "losses of different batches do not add up: give the monitor a fixed `measure`, or on a full batch `effective: 'always'`";

function alignmentOf(steps: readonly Entry[], stacked: Gram | null): Condition {
  if (stacked === null) return condition('unresolved', null, null, 'not every step of the window was measured');
  const tolerance = steps.reduce((sum, entry) => sum + entry.tolerance, 0) / steps.length;
  const value = finite(stacked.yg);
  if (value === null || !Number.isFinite(tolerance))
    return condition('unresolved', value, null, 'the noise of the gradient has no bound');
  if (value > tolerance) return condition('holds', value, tolerance, 'over the window the updates descend');
  if (value < -tolerance) return condition('fails', value, tolerance, 'over the window the updates climb');
  return condition('unresolved', value, tolerance, 'within the rounding error of the gradients');
}

function effectiveOf(first: Entry, after: Entry): Condition {
  if (first.loss === null || after.loss === null)
    return condition(
      'unresolved',
      null,
      null,
      'the fixed loss was not measured at both ends of the window: measure it at every step',
    );
  const value = first.loss - after.loss;
  // Two losses computed the same way, each to some ten units of its last place.
  const tolerance = 2 ** -20 * Math.max(1, Math.abs(first.loss), Math.abs(after.loss));
  if (value > tolerance) return condition('holds', value, tolerance, 'the fixed loss fell over the window');
  if (value < -tolerance) return condition('fails', value, tolerance, 'the fixed loss rose over the window');
  return condition('unresolved', value, tolerance, 'the change of the fixed loss is within its rounding error');
}

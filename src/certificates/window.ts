import { angle } from '../geometry/angle.js';
import { stackedGram } from '../geometry/window.js';
import type { Gram } from '../linalg/gram.js';
import { gradientNoise } from './alignment.js';
import type { Condition } from './certificate.js';
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
  /** Smallest T (up to this window's) over which the fixed loss fell from every step so far; `null`: none, or no fixed loss. */
  readonly smallestEffective: number | null;
}

/** What a step leaves in the ring buffer: numbers. */
interface Entry {
  readonly step: number;
  readonly gram: Gram | null;
  /** What `y·g` may be off by. */
  readonly tolerance: number;
  /** The fixed loss at θ. */
  readonly loss: number | null;
}

/** State of the windows of one stream; plain data. */
export interface WindowState {
  readonly size: number;
  readonly stride: number;
  /** The last `size + 1` steps, oldest first. */
  readonly entries: readonly Entry[];
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
  return { size, stride, entries: [], seen: 0, falls: Array.from({ length: size }, () => true), window: null };
}

/** The loss that is the same at every step: a fixed measure, or the true loss an observed rule is held against. */
const fixedLoss = (record: StepRecord): number | null =>
  record.measure ?? (record.source === 'observe' ? record.lossBefore : null);

function entryOf(record: StepRecord): Entry {
  const { gram, noise, step } = record;
  const tolerance =
    gram === null
      ? 0
      : Math.sqrt(gram.gg) *
        (noise === null ? 2 ** -51 * Math.sqrt(gram.yy) : gradientNoise(noise, Math.sqrt(gram.yy), record.lossBefore));
  return { step, gram, tolerance, loss: fixedLoss(record) };
}

/**
 * Takes one step in; `window` of the result is the certificate of the `size` steps before it where one ends here (the loss at
 * θ of this step closes it), else `null`. O(size).
 */
export function advanceWindow(state: WindowState, record: StepRecord): WindowState {
  const { size, stride } = state;
  const entry = entryOf(record);
  const entries = [...state.entries, entry].slice(-(size + 1));
  const seen = state.seen + 1;
  const falls = state.falls.map((fell, i) => {
    const earlier = entries.at(-2 - i);
    return fell && (earlier?.loss == null || entry.loss === null || entry.loss < earlier.loss);
  });
  const ends = seen > size && (seen - 1 - size) % stride === 0;
  return { size, stride, entries, seen, falls, window: ends ? certifyWindow(entries, falls, seen) : null };
}

function certifyWindow(entries: readonly Entry[], falls: readonly boolean[], seen: number): WindowCertificate {
  const steps = entries.slice(0, -1);
  const first = steps[0] as Entry;
  const last = steps.at(-1) as Entry;
  const grams = steps.map((entry) => entry.gram).filter((gram) => gram !== null);
  const complete = grams.length === steps.length;
  const stacked = complete ? stackedGram(grams) : null;
  const alignment = alignmentOf(steps, stacked);
  const measured = entries.filter((entry) => entry.loss !== null).length;
  const smallest = falls.findIndex((fell, i) => fell && seen > i + 1);
  return {
    kind: 'window',
    version: 1,
    from: first.step,
    step: last.step,
    size: steps.length,
    alignment,
    effective: effectiveOf(first, entries.at(-1) as Entry),
    psi: alignment.state === 'holds' && stacked ? (angle(stacked)?.psi ?? null) : null,
    smallestEffective: measured < entries.length || smallest < 0 ? null : smallest + 1,
  };
}

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
  if (first.loss === null || after.loss === null) {
    return condition(
      'unresolved',
      null,
      null,
      'losses of different batches do not add up: give the monitor a fixed `measure`',
    );
  }
  const value = first.loss - after.loss;
  // Two losses computed the same way, each to some ten units of its last place.
  const tolerance = 2 ** -20 * Math.max(1, Math.abs(first.loss), Math.abs(after.loss));
  if (value > tolerance) return condition('holds', value, tolerance, 'the fixed loss fell over the window');
  if (value < -tolerance) return condition('fails', value, tolerance, 'the fixed loss rose over the window');
  return condition('unresolved', value, tolerance, 'the change of the fixed loss is within its rounding error');
}

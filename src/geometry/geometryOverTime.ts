import { constantMetric, type ConstantMetric } from './constantMetric.js';
import {
  advanceLeastChange,
  emptyLeastChange,
  leastChange,
  type LeastChangeMetric,
  type LeastChangeState,
  type PairFate,
} from './leastChange.js';
import { type MetricDrift, metricDrift } from './metricDrift.js';

/** What one step says of the geometry that training follows. Numbers only. */
export interface GeometryRecord {
  /** What became of the step in the metric of least change. */
  readonly fate: PairFate;
  /** At every `memory`-th step: what the steps since the last such one have in common, and where the metric is. */
  readonly window?: GeometryWindow;
}

export interface GeometryWindow {
  readonly steps: number;
  /** Is there one metric for all of them? */
  readonly constant: ConstantMetric;
  /** Smallest and largest eigenvalue of the metric of least change; `null`: no step was aligned yet. */
  readonly leastChange: { readonly smallest: number; readonly largest: number } | null;
  /** How far that metric is from where it was a window ago; `null`: there is none to compare. */
  readonly drift: MetricDrift | null;
}

/** State of the geometry over time: at most `memory` steps and as many pairs; not to be changed. */
export interface GeometryState {
  readonly metric: LeastChangeState;
  readonly y: readonly Float64Array[];
  readonly g: readonly Float64Array[];
  /** The largest share that rounding had of an update since the last window. */
  readonly rounding: number;
  /** The metric at the end of the last window. */
  readonly earlier: LeastChangeMetric | null;
}

/** @param memory steps in a window, and pairs that the metric of least change remembers; an integer >= 1 */
export const emptyGeometry = (memory: number): GeometryState => ({
  metric: emptyLeastChange({ memory }),
  y: [],
  g: [],
  rounding: 0,
  earlier: null,
});

/**
 * Takes one step in: the metric of least change follows it, and at the end of every `memory` steps they are held against one constant
 * metric and the metric against where it was (THEORY, sections 2 and 5). O(memory · D) a step, the windows' own work spread over theirs;
 * four vectors of length D for each step of memory, and two more for each of the metric a window ago.
 *
 * @param rounding share of `g` that is the rounding of θ', at most: what it may explain is not said to fail.
 */
export function advanceGeometry(
  state: GeometryState,
  y: Float64Array,
  g: Float64Array,
  rounding = 0,
): { readonly state: GeometryState; readonly record: GeometryRecord } {
  const metric = advanceLeastChange(state.metric, y, g);
  const [ys, gs] = [
    [...state.y, y],
    [...state.g, g],
  ];
  const fate = metric.fate ?? 'skipped';
  const blur = Math.max(state.rounding, rounding);
  if (ys.length < metric.memory) return { state: { ...state, metric, y: ys, g: gs, rounding: blur }, record: { fate } };
  const now = leastChange(metric);
  const ends = now?.spectrum() ?? null;
  const known = ends !== null && Number.isFinite(ends.smallest) && Number.isFinite(ends.largest);
  const window: GeometryWindow = {
    steps: ys.length,
    constant: blurred(constantMetric(ys, gs, roundingOfFloat32), 2 * ys.length * blur),
    leastChange: known ? { smallest: ends.smallest, largest: ends.largest } : null,
    drift: now && state.earlier && metricDrift(state.earlier, now),
  };
  return { state: { metric, y: [], g: [], rounding: 0, earlier: now }, record: { fate, window } };
}

/** Gradients are float32: an asymmetry up to this is theirs, not the rule's. */
const roundingOfFloat32 = 1e-4;

/** An asymmetry that the rounding of θ' may have made decides nothing. */
const blurred = (found: ConstantMetric, bound: number): ConstantMetric =>
  found.state === 'fails' && found.asymmetry > roundingOfFloat32 && found.asymmetry <= bound
    ? { ...found, state: 'unresolved', reason: "asymmetric only to within what the rounding of θ' explains" }
    : found;

import { angle } from '../geometry/angle.js';
import { projectedGram } from '../geometry/discreteGradients/projected.js';
import { scaleByPower } from '../linalg/gram.js';
import { certify } from './certify.js';
import type { Condition, DiscreteGradient, State } from './certificate.js';
import { finite } from './condition.js';
import type { StepRecord } from './stepRecord.js';

/** What became of one rate η, from the same θ in the same direction `g`. */
export interface SweepRow {
  readonly eta: number;
  /** `L(θ + ηg)`. */
  readonly loss: number | null;
  /** `L(θ) − L(θ + ηg)` and what rounding may make of it. */
  readonly decrease: number | null;
  readonly tolerance: number | null;
  /** Did the loss fall? */
  readonly effective: State;
  /** `‖ȳ − y‖/‖y‖`, which goes to 0 with η. */
  readonly distance: number | null;
  /** Angle between `ȳ` and `g` in radians; `null` where the loss did not fall. */
  readonly psi: number | null;
  /** The two sufficient bounds of this step, [SSK24, eq. (18)]; `null`: none. They depend on η by way of `ȳ`. */
  readonly etaMaxOptimal: number | null;
  readonly etaMaxSupremum: number | null;
  readonly hessianMin: number | null;
  readonly hessianMinLower: number | null;
  /** Is η below the bound, above it, or can't it be told? */
  readonly stepSize: State;
  readonly reason: string;
}

/** One step over a range of rates. Plain JSON. */
export interface StepSizeSweep {
  readonly kind: 'sweep';
  readonly version: 1;
  readonly discreteGradient: DiscreteGradient;
  readonly lossBefore: number | null;
  /** `y·g`, the same for all rates but for the rounding of θ + ηg. */
  readonly alignment: Condition;
  /** Angle between `y` and `g` in radians: where `psi` goes as η goes to 0. */
  readonly psi: number | null;
  /** Where the loss stops being lower: falls for certain up to `low`, has for certain risen at `high`; `null`: nowhere in the range. */
  readonly overshoot: { readonly low: number; readonly high: number } | null;
  /** Smallest rate of the range at which the sufficient (supremum) bound is exceeded for certain; `null`: at none. */
  readonly exceeded: number | null;
  /** By rising rate. */
  readonly rows: readonly SweepRow[];
}

/** What a step of a sweep says, as a row of it. O(number of variables). */
export function sweepRow(record: StepRecord): SweepRow {
  const { effective, stepSize, lossAfter } = certify(record);
  return {
    eta: record.learningRate ?? 1,
    loss: lossAfter,
    decrease: effective.value,
    tolerance: effective.tolerance,
    effective: effective.state,
    ...discreteOf(record, effective),
    etaMaxOptimal: stepSize.etaMaxOptimal,
    etaMaxSupremum: stepSize.etaMaxSupremum,
    hessianMin: stepSize.hessianMin,
    hessianMinLower: stepSize.hessianMinLower ?? null,
    stepSize: stepSize.state,
    reason: stepSize.reason,
  };
}

/** `‖ȳ − y‖/‖y‖` and the angle of `ȳ` and `g`. The projected one differs from `y` along `g` alone, which four numbers tell. */
function discreteOf(
  { gram, discrete, discreteGradient, learningRate }: StepRecord,
  { state, value }: Condition,
): Pick<SweepRow, 'distance' | 'psi'> {
  const projects = discreteGradient === 'projected';
  const own = gram && angle(gram);
  if (gram === null || own === null || value === null || (discrete === null && !projects))
    return { distance: null, psi: null };
  const eta = learningRate ?? 1;
  const between = angle(discrete?.gram ?? projectedGram(gram, -value, eta));
  const psi = state === 'holds' && between ? between.psi : null;
  const yNorm = scaleByPower(Math.sqrt(gram.yy), gram.yExponent ?? 0);
  const gNorm = yNorm / own.ratio;
  const distance = projects ? Math.abs(value / (eta * gNorm) - yNorm * own.cosine) : (discrete?.distance ?? Number.NaN);
  return { distance: finite(distance / yNorm), psi };
}

/**
 * Puts the steps of a sweep together.
 *
 * @param records one a rate, from the same θ in the same direction
 * @param probes further ones, in which only the loss was measured, that narrow down where it stops being lower
 */
export function stepSizeSweep(records: readonly StepRecord[], probes: readonly StepRecord[] = []): StepSizeSweep {
  const byRate = (one: SweepRow, other: SweepRow): number => one.eta - other.eta;
  const rows = records.map(sweepRow).sort(byRate);
  const ordered = [...records].sort((one, other) => (one.learningRate ?? 1) - (other.learningRate ?? 1));
  // Steps that are too short say nothing about the direction.
  const first = ordered.find((record) => certify(record).alignment.state !== 'unresolved') ?? ordered[0];
  if (first === undefined) throw new RangeError('stepSizeSweep: expected at least one step, got none');
  const { alignment } = certify(first);
  const all = [...rows, ...probes.map(sweepRow)].sort(byRate);
  const high = all.find(({ effective }) => effective === 'fails')?.eta;
  const low = high === undefined ? undefined : all.findLast((row) => row.effective === 'holds' && row.eta < high)?.eta;
  return {
    kind: 'sweep',
    version: 1,
    discreteGradient: first.discreteGradient,
    lossBefore: first.lossBefore,
    alignment,
    psi: first.gram === null ? null : (angle(first.gram)?.psi ?? null),
    overshoot: high === undefined || low === undefined ? null : { low, high },
    exceeded: rows.find(({ stepSize }) => stepSize === 'fails')?.eta ?? null,
    rows,
  };
}

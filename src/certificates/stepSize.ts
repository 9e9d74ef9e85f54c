import { angle } from '../geometry/angle.js';
import { shiftedEigenvalue } from '../geometry/shiftedEigenvalue.js';
import { type Gram, scaleByPower } from '../linalg/gram.js';
import { type Parted, parted } from '../linalg/parted.js';
import type { Condition, DiscreteGradient, State, StepSizeCondition } from './certificate.js';
import { finite } from './condition.js';
import type { CurvatureRecord, StepRecord } from './stepRecord.js';

/**
 * How η stands to the sufficient bound `η_max = 2 (L(θ) − L(θ')) / (η ‖g‖² |λ_min|)` [SSK24, eq. (18), supremum over metrics].
 * Holding is claimed with the lower bound of `λ_min` and the least decrease the losses allow; exceeding only with the upper
 * bound and the largest. What is free (the exact condition, the rank-one form) is there whenever the loss was measured. O(1).
 *
 * @param effective whether the loss fell, also where nobody asked for that by itself
 */
export function stepSizeCondition(record: StepRecord, alignment: Condition, effective: Condition): StepSizeCondition {
  const { curvature, gram } = record;
  const eta = record.learningRate ?? 1;
  const answer = (
    state: State,
    bound: number | null,
    reason: string,
    more: Partial<StepSizeCondition> = {},
  ): StepSizeCondition => ({
    state,
    value: state === 'skipped' ? null : finite(eta),
    bound,
    tolerance: null,
    reason,
    etaMaxOptimal: null,
    etaMaxSupremum: null,
    hessianMin: null,
    ...(curvature === null ? {} : shown(curvature)),
    discreteGradient: null,
    ...freeForms(record, alignment, effective),
    ...(curvature === null || gram === null ? {} : prospects(gram, curvature)),
    ...more,
  });
  if (!record.asked.stepSize) return answer('skipped', null, 'not asked for at this step');
  if (effective.state === 'skipped') return answer('unresolved', null, 'the loss after the step was not measured');
  const lower =
    curvature === null ? null : (curvature.hessianMinLower ?? (curvature.delta === null ? curvature.hessianMin : null));
  if (effective.state === 'fails')
    return answer('fails', lower !== null && lower >= 0 ? null : 0, 'the loss did not fall, so no rate bound is met');
  const obstacle = record.obstacles.find((o) => o.condition === 'stepSize');
  if (obstacle) return answer('unresolved', null, obstacle.reason);
  if (effective.state === 'unresolved' || effective.value === null)
    return answer('unresolved', null, 'it is not known whether the loss fell');
  if (curvature === null || gram === null) return answer('unresolved', null, 'the curvature was not measured');
  const slack = effective.tolerance ?? 0;
  if (lower === null) {
    // An upper bound of the smallest eigenvalue is enough to exceed, never to hold.
    const most = supremum(effective.value + slack, curvature.hessianMinUpper ?? curvature.hessianMin, eta, gram);
    const without = 'there is no lower bound of the smallest eigenvalue of the Hessian (a warm start gives none)';
    if (!(eta > most * (1 + arithmetic))) return answer('unresolved', null, without);
    const more = { etaMaxSupremum: finite(most), ratio: finite(eta / most) };
    return answer('fails', finite(most), `${exceeded(eta / most)} at least`, more);
  }
  if (lower >= 0)
    return answer('holds', null, 'the Hessian is positive semidefinite and the loss fell: there is no limit');

  // What rounding may have done to an eigenvalue of exact numbers decides, and is not shown.
  const nearest = curvature.delta === null ? curvature.hessianMin : lower;
  const bound = supremum(effective.value, nearest, eta, gram);
  const safe = supremum(effective.value - slack, lower, eta, gram);
  const generous = supremum(effective.value + slack, curvature.hessianMinUpper ?? curvature.hessianMin, eta, gram);
  const more = { etaMaxSupremum: finite(bound), ratio: finite(eta / bound), ...optimalBound(record, nearest) };
  if (eta < safe * (1 - arithmetic))
    return answer('holds', finite(bound), 'η is below the sufficient bound: the canonical metric does it too', more);
  if (eta > generous * (1 + arithmetic)) return answer('fails', finite(bound), exceeded(eta / bound), more);
  return answer('unresolved', finite(bound), 'η is within the error of the bound', more);
}

/** What the bounds themselves may be off by in float64, relatively. */
const arithmetic = 2 ** -48;

const exceeded = (ratio: number): string =>
  `the sufficient bound is exceeded by a factor ${Number.isFinite(ratio) ? ratio.toPrecision(3) : 'beyond float64'}`;

/** `2 decrease / (η ‖g‖² |λ|)`; no limit where `λ ≥ 0`. Nothing overflows or underflows on the way. */
function supremum(decrease: number, lambda: number, eta: number, gram: Gram): number {
  if (lambda >= 0) return Number.POSITIVE_INFINITY;
  const [above, ...below] = [decrease, eta, gram.gg, -lambda].map(parted) as [Parted, Parted, Parted, Parted];
  const part = below.reduce((value, { part }) => value / part, above.part);
  const exponent = below.reduce((sum, { exponent }) => sum - exponent, above.exponent + 1);
  return scaleByPower(part, exponent - 2 * (gram.gExponent ?? 0));
}

/** The bound of the optimal metric, which needs the discrete gradient of Taylor's formula [SSK24, eq. (18)]. */
function optimalBound(
  record: StepRecord,
  lambda: number,
): { etaMaxOptimal: number | null; discreteGradient: DiscreteGradient | null } {
  const { discrete } = record;
  if (discrete === null || (discrete.kind !== 'taylor' && discrete.kind !== 'mean-value'))
    return { etaMaxOptimal: null, discreteGradient: null };
  const between = angle(discrete.gram);
  if (between === null || between.cosine <= 0 || lambda >= 0)
    return { etaMaxOptimal: null, discreteGradient: discrete.kind };
  const bound = ((2 * between.ratio) / -lambda) * (between.cosine / (1 + between.sine));
  return { etaMaxOptimal: finite(bound), discreteGradient: discrete.kind };
}

/** What needs no Hessian (THEORY, section 4). */
function freeForms(
  record: StepRecord,
  alignment: Condition,
  effective: Condition,
): Pick<StepSizeCondition, 'exactCondition' | 'shiftedEigenvalue'> {
  if (record.gram === null || effective.state === 'skipped') return {};
  const change = effective.value === null ? null : -effective.value;
  return {
    exactCondition: both(alignment.state, effective.state),
    shiftedEigenvalue: change === null ? null : shiftedEigenvalue(record.gram, change, record.learningRate ?? 1),
  };
}

function both(one: State, other: State): State {
  if (one === 'fails' || other === 'fails') return 'fails';
  if (one === 'holds' && other === 'holds') return 'holds';
  return one === 'skipped' || other === 'skipped' ? 'skipped' : 'unresolved';
}

/** What the quadratic model says of other rates in the same direction (THEORY, section 4). */
function prospects(
  gram: Gram,
  { along, hessianMin }: CurvatureRecord,
): Pick<StepSizeCondition, 'etaEffective' | 'etaProspective'> {
  if (along === undefined || along === null || !(gram.yg > 0)) return {};
  const scale = 2 ** (gram.gExponent ?? 0);
  const gg = gram.gg * scale * scale;
  const yg = gram.yg * scale * 2 ** (gram.yExponent ?? 0);
  // A Rayleigh quotient is above the smallest eigenvalue: the estimate is not to be above either.
  const lambda = Math.min(hessianMin, along / gg);
  const limit = (curvature: number): number | null => (curvature > 0 ? finite((2 * yg) / curvature) : null);
  return { etaEffective: limit(along), etaProspective: lambda < 0 ? limit(along - lambda * gg) : limit(along) };
}

const shown = (curvature: CurvatureRecord): Pick<StepSizeCondition, 'hessianMin'> & Partial<StepSizeCondition> =>
  curvature.delta === null && curvature.products === null
    ? { hessianMin: curvature.hessianMin }
    : {
        hessianMin: curvature.hessianMin,
        hessianMinLower: curvature.hessianMinLower,
        residual: curvature.residual,
        products: curvature.products,
        productError: curvature.productError,
        delta: curvature.delta,
        ...(curvature.hessianOf === undefined ? {} : { hessianOf: curvature.hessianOf }),
      };

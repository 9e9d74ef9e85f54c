import { angle } from '../geometry/angle.js';
import type { Gram } from '../linalg/gram.js';
import type { Condition, DiscreteGradient, State, StepSizeCondition } from './certificate.js';
import { finite } from './condition.js';
import type { CurvatureRecord, StepRecord } from './stepRecord.js';

/**
 * How η stands to the sufficient bound `η_max = 2 (L(θ) − L(θ')) / (η ‖g‖² |λ_min|)` [SSK24, eq. (18), supremum over metrics].
 * Holding is claimed with the lower bound of `λ_min` and the least decrease the losses allow; exceeding only with the upper
 * bound and the largest. O(1).
 */
export function stepSizeCondition(record: StepRecord, effective: Condition): StepSizeCondition {
  const { curvature, gram } = record;
  const eta = record.learningRate ?? 1;
  const known = curvature === null ? unknownCurvature : shown(curvature);
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
    ...known,
    discreteGradient: null,
    ...more,
  });
  if (!record.asked.stepSize) return answer('skipped', null, 'not asked for at this step');
  const obstacle = record.obstacles.find((o) => o.condition === 'stepSize');
  if (obstacle) return answer('unresolved', null, obstacle.reason);
  if (curvature === null || gram === null)
    return answer(
      'unresolved',
      null,
      'the curvature is not measured while training yet: smallestEigenvalue measures it on demand',
    );
  if (effective.state === 'skipped') return answer('unresolved', null, 'the loss after the step was not measured');
  const lower = curvature.hessianMinLower ?? (curvature.delta === null ? curvature.hessianMin : null);
  if (effective.state === 'fails')
    return answer('fails', lower !== null && lower >= 0 ? null : 0, 'the loss did not fall, so no rate bound is met');
  if (effective.state === 'unresolved' || effective.value === null)
    return answer('unresolved', null, 'it is not known whether the loss fell');
  if (lower === null)
    return answer('unresolved', null, 'there is no lower bound of the smallest eigenvalue of the Hessian');
  if (lower >= 0)
    return answer('holds', null, 'the Hessian is positive semidefinite and the loss fell: there is no limit');

  const slack = effective.tolerance ?? 0;
  const bound = supremum(effective.value, lower, eta, gram);
  const safe = supremum(effective.value - slack, lower, eta, gram);
  const generous = supremum(effective.value + slack, curvature.hessianMinUpper ?? curvature.hessianMin, eta, gram);
  const more = { etaMaxSupremum: finite(bound), ...optimalBound(record, lower) };
  if (eta < safe)
    return answer('holds', finite(bound), 'η is below the sufficient bound: the canonical metric does it too', more);
  if (eta > generous) {
    const factor = (eta / bound).toPrecision(3);
    return answer('fails', finite(bound), `the sufficient bound is exceeded by a factor ${factor}`, more);
  }
  return answer('unresolved', finite(bound), 'η is within the error of the bound', more);
}

/** `2 decrease / (η ‖g‖² |λ|)`; no limit where `λ ≥ 0`. */
function supremum(decrease: number, lambda: number, eta: number, gram: Gram): number {
  if (lambda >= 0) return Number.POSITIVE_INFINITY;
  // The exponents are applied one by one, so that no square of a scale overflows.
  const scale = 2 ** -(gram.gExponent ?? 0);
  return (((2 * decrease) / (eta * gram.gg)) * scale * scale) / -lambda;
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
  if (between === null || between.cosine <= 0) return { etaMaxOptimal: null, discreteGradient: discrete.kind };
  const bound = ((2 * between.ratio) / -lambda) * (between.cosine / (1 + between.sine));
  return { etaMaxOptimal: finite(bound), discreteGradient: discrete.kind };
}

const unknownCurvature = { hessianMin: null };

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
      };

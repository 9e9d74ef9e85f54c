import { dotTolerance } from '../src/certificates/alignment.js';
import type { Condition } from '../src/certificates/certificate.js';
import type { StepRecord } from '../src/certificates/stepRecord.js';
import { meanValueNodes } from '../src/geometry/discreteGradients/meanValue.js';
import { dot } from '../src/linalg/dot.js';
import { scaleByPower } from '../src/linalg/gram.js';
import { norm } from '../src/linalg/norm.js';
import type { HessianProduct } from './hessian/hessianOperator.js';
import type { Operator } from './hessian/lowestEigenvalue.js';
import type { Reads } from './hessian/reads.js';

/** What the quadrature by its two outer points would have of the middle one: 2/9 of the second difference is between the two. */
const secondDifference = [1, -2, 1] as const;

/**
 * The Hessian that belongs to the mean value, `2∫(1−s) H(θ_s) ds`, by the three points that the mean itself is taken at. Its products' error
 * has the quadrature's in it: what the outer two points alone would make of it. Costs the products of three.
 */
export function* meanOperator(operatorAt: (s: number) => Reads<Operator>): Reads<Operator> {
  const operators: Operator[] = [];
  for (const { s } of meanValueNodes) operators.push(yield* operatorAt(s));
  return {
    dimension: operators[0]?.dimension ?? 0,
    *apply(vector): Reads<HessianProduct> {
      const sum = new Float64Array(vector.length);
      const bend = new Float64Array(vector.length);
      let error = 0;
      let how: HessianProduct | null = null;
      for (const [k, operator] of operators.entries()) {
        const answer = yield* operator.apply(vector);
        if (answer.product === null || answer.error === null) return answer;
        const { s, weight } = meanValueNodes[k] as (typeof meanValueNodes)[number];
        const share = 2 * weight * (1 - s);
        for (let i = 0; i < sum.length; i++) {
          const value = answer.product[i] as number;
          sum[i] = (sum[i] as number) + share * value;
          bend[i] = (bend[i] as number) + (secondDifference[k] as number) * value;
        }
        error += share * answer.error;
        how = answer;
      }
      error += (2 / 9) * norm(bend);
      return { product: sum, error, method: how?.method ?? 'none', reason: how?.reason ?? '' };
    },
  };
}

/**
 * Along the step the losses say what the mean Hessian is, kinks and all: `½ η² gᵀH̄g = L(θ') − L(θ) + η y·g`. Why the quadrature is not that;
 * `null`: nothing speaks against it. Costs a product.
 *
 * @param effective what is known of the change of the loss
 */
export function* differsFromLosses(
  operator: Operator,
  g: Float64Array,
  record: StepRecord,
  effective: Condition,
): Reads<string | null> {
  const { gram } = record;
  if (gram === null || effective.value === null) return null;
  const { product, error, reason } = yield* operator.apply(g);
  if (product === null || error === null) return reason;
  const eta = record.learningRate ?? 1;
  const exponent = (gram.yExponent ?? 0) + (gram.gExponent ?? 0);
  const byLosses = eta * scaleByPower(gram.yg, exponent) - effective.value;
  const tolerance = eta * scaleByPower(dotTolerance(record, gram), exponent) + (effective.tolerance ?? 0);
  const byPoints = (eta ** 2 / 2) * dot(g, product);
  const rounding = (eta ** 2 / 2) * norm(g) * error;
  return Math.abs(byPoints - byLosses) > tolerance + rounding ? tooLong : null;
}

const tooLong =
  'the Hessian changes so much along the step that three points of it do not tell its mean: the losses have another one';

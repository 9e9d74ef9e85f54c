import { dotTolerance } from '../src/certificates/alignment.js';
import type { Condition } from '../src/certificates/certificate.js';
import type { StepRecord } from '../src/certificates/stepRecord.js';
import { meanValueNodes } from '../src/geometry/discreteGradients/meanValue.js';
import { dot } from '../src/linalg/dot.js';
import { productExponent, scaleByPower } from '../src/linalg/gram.js';
import { norm } from '../src/linalg/norm.js';
import type { HessianProduct } from './hessian/hessianOperator.js';
import type { Operator } from './hessian/lowestEigenvalue.js';
import type { Reads } from './hessian/reads.js';

/** How the three points count: in the mean, and in what it is off from the one by the two outer points, which is 2/9 of a second difference. */
const points = meanValueNodes.map(({ s, weight }, k) => ({
  s,
  share: 2 * weight * (1 - s),
  bend: (2 / 9) * (k === 1 ? -2 : 1),
}));

/** How many times what fewer points would make of it the three may be off. */
const quadratureSafety = 2;
/** As a part of either, what points and losses may differ by along the step: of what the points miss, they miss the error too. */
const agreement = 2 ** -3;

/**
 * The Hessian that belongs to the mean value, `2∫(1−s) H(θ_s) ds`, by the three points that the mean itself is taken at. Its products' error
 * has the quadrature's in it: twice what the outer two points alone would make of it. Costs the products of three.
 */
export function* meanOperator(operatorAt: (s: number) => Reads<Operator>): Reads<Operator> {
  const parts: ((typeof points)[number] & { readonly operator: Operator })[] = [];
  for (const point of points) parts.push({ ...point, operator: yield* operatorAt(point.s) });
  return {
    dimension: parts[0]?.operator.dimension ?? 0,
    *apply(vector): Reads<HessianProduct> {
      const sum = new Float64Array(vector.length);
      const off = new Float64Array(vector.length);
      let error = 0;
      let how: HessianProduct | null = null;
      for (const { operator, share, bend } of parts) {
        const answer = yield* operator.apply(vector);
        if (answer.product === null || answer.error === null) return answer;
        for (let i = 0; i < sum.length; i++) {
          const value = answer.product[i] as number;
          sum[i] = (sum[i] as number) + share * value;
          off[i] = (off[i] as number) + bend * value;
        }
        error += share * answer.error;
        how = answer;
      }
      return {
        product: sum,
        error: error + quadratureSafety * norm(off),
        method: how?.method ?? 'none',
        reason: how?.reason ?? '',
      };
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
  const exponent = productExponent(gram);
  const byLosses = eta * scaleByPower(gram.yg, exponent) - effective.value;
  const tolerance = eta * scaleByPower(dotTolerance(record, gram), exponent) + (effective.tolerance ?? 0);
  const byPoints = (eta ** 2 / 2) * dot(g, product);
  const uncertain = Math.min(
    (eta ** 2 / 2) * norm(g) * error,
    agreement * Math.max(Math.abs(byPoints), Math.abs(byLosses)),
  );
  return Math.abs(byPoints - byLosses) > tolerance + uncertain ? tooLong : null;
}

const tooLong =
  'the Hessian changes so much along the step that three points of it do not tell its mean: the losses have another one';

import { endWith, filter, map, type OperatorFunction, pipe, scan, takeWhile } from 'rxjs';
import {
  advanceAverage,
  type AverageDraw,
  type AveragePoint,
  type AverageState,
  emptyAverage,
} from '../certificates/average.js';
import { type AverageCertificate, certifyAverage } from '../certificates/certifyAverage.js';
import { checkPlan, type LookPlan, looksOf } from '../certificates/looks.js';

interface Looked {
  readonly state: AverageState;
  readonly certificate: AverageCertificate | null;
}

/**
 * Lifts `advanceAverage` and `certifyAverage` over a stream of updates drawn at one θ: a certificate at each look planned, the last one
 * when all three questions are decided, the draws are spent or the stream ends; it completes then. Keeps O(D), not the draws.
 *
 * @param point `y`, the loss and η at θ
 * @param plan `draws` at most, `confidence` of each interval. @default { draws: 100, confidence: 0.95, stop: 'when-decided' }
 * @throws RangeError at once, naming the option
 */
export function certifiedOnAverage(
  point: AveragePoint,
  plan: Partial<LookPlan> = {},
): OperatorFunction<AverageDraw, AverageCertificate> {
  const checked = checkPlan('certifiedOnAverage', plan);
  const { learningRate = 1 } = point;
  if (!(Number.isFinite(learningRate) && learningRate > 0))
    throw new RangeError(
      `certifiedOnAverage: expected \`learningRate\` to be a finite number > 0, got ${String(learningRate)} (${typeof learningRate})`,
    );
  const looks = new Set(looksOf(checked));
  const advance = ({ state }: Looked, draw: AverageDraw | null): Looked => {
    if (draw === null) return { state, certificate: certifyAverage(state, { ended: true }) };
    const next = advanceAverage(state, draw);
    const due = looks.has(next.draws) || next.obstacle !== null;
    return { state: next, certificate: due ? certifyAverage(next) : null };
  };
  return pipe(
    endWith<AverageDraw, null[]>(null),
    scan(advance, { state: emptyAverage(point, checked), certificate: null }),
    map(({ certificate }) => certificate),
    filter((certificate) => certificate !== null),
    takeWhile(({ stopped }) => stopped === null, true),
  );
}

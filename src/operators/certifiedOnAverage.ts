import { endWith, filter, map, type OperatorFunction, pipe, scan, takeWhile } from 'rxjs';
import {
  advanceAverage,
  type AverageDraw,
  type AveragePoint,
  type AverageState,
  checkPoint,
  emptyAverage,
} from '../certificates/average.js';
import { type AverageCertificate, certifyAverage } from '../certificates/certifyAverage.js';
import { checkPlan, type LookPlan, looksOf } from '../certificates/looks.js';
import { expectKnown } from '../expectKnown.js';

/** Follows the last draw; no draw of any stream is it. */
const end = Symbol('end');

interface Looked {
  readonly state: AverageState;
  readonly certificate: AverageCertificate | null;
}

/**
 * Lifts `advanceAverage` and `certifyAverage` over a stream of updates drawn at one θ: a certificate at each look planned, the last one
 * when all three questions are decided, the draws are spent or the stream ends; it completes then. Keeps O(D), not the draws.
 * What is no draw of this point ends it as well, with an `obstacle`.
 *
 * @param point `y`, the loss and η at θ
 * @param plan `draws` at most, `confidence` of each interval. @default { draws: 100, confidence: 0.95, stop: 'when-decided' }
 * @throws TypeError, RangeError at once, naming the field of the point or the option
 */
export function certifiedOnAverage(
  point: AveragePoint,
  plan: Partial<LookPlan> = {},
): OperatorFunction<AverageDraw, AverageCertificate> {
  checkPoint('certifiedOnAverage', point);
  expectKnown('certifiedOnAverage', plan, ['draws', 'confidence', 'stop']);
  const checked = checkPlan('certifiedOnAverage', plan);
  const looks = new Set(looksOf(checked));
  const advance = ({ state }: Looked, draw: AverageDraw | typeof end): Looked => {
    if (draw === end) return { state, certificate: certifyAverage(state, { ended: true }) };
    const next = advanceAverage(state, draw);
    const due = looks.has(next.draws) || next.obstacle !== null;
    return { state: next, certificate: due ? certifyAverage(next) : null };
  };
  return pipe(
    endWith<AverageDraw, (typeof end)[]>(end),
    scan(advance, { state: emptyAverage(point, checked), certificate: null }),
    map(({ certificate }) => certificate),
    filter((certificate) => certificate !== null),
    takeWhile(({ stopped }) => stopped === null, true),
  );
}

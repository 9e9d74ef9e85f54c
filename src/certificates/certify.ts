import { angle } from '../geometry/angle.js';
import { projectedGram } from '../geometry/discreteGradients/projected.js';
import { spectrum } from '../geometry/spectrum.js';
import { structure } from '../geometry/structure.js';
import { type Gram, productExponent, scaleByPower } from '../linalg/gram.js';
import { alignmentCondition } from './alignment.js';
import type { Certificate, Condition, DiscreteGradient, MetricSummary, VariableCertificate } from './certificate.js';
import { finite } from './condition.js';
import { energyCondition } from './energy.js';
import { effectiveCondition } from './effective.js';
import { stepSizeCondition } from './stepSize.js';
import type { StepRecord } from './stepRecord.js';
import { verdict } from './verdict.js';

/**
 * Was this step natural gradient descent [SSK24]? A pure function of the record: the same record gives the same certificate,
 * byte for byte. O(number of variables), some microseconds.
 */
export function certify(record: StepRecord): Certificate {
  const alignment = alignmentCondition(record);
  const effective = effectiveCondition(record);
  const energy = energyCondition(record);
  const chosen = metricGram(record, alignment, effective);
  const overshoots = alignment.state === 'holds' && effective.state === 'fails';
  const floor = record.noise === null || record.gram === null ? null : psiFloor(record.noise.roundingNorm, record.gram);
  return {
    kind: 'certificate',
    version: 1,
    step: record.step,
    run: record.run,
    ...(record.name === undefined ? {} : { name: record.name }),
    ...(record.epoch === undefined ? {} : { epoch: record.epoch }),
    verdict: verdict(alignment.state, effective.state),
    alignment,
    effective: overshoots
      ? {
          ...effective,
          reason: `${effective.reason} although the direction descends: the step is too long; a smaller learning rate would have lowered it`,
        }
      : effective,
    stepSize: stepSizeCondition(record, alignment, measuredDecrease(record, effective)),
    discreteGradient: chosen?.of ?? null,
    metric: chosen && summarize(chosen.gram),
    psiFloor: floor,
    structure:
      alignment.state === 'skipped' || record.gram === null
        ? null
        : structure(record.variables, record.gram, floor ?? 0),
    variables: record.variables.map(variableCertificate),
    lossBefore: record.lossBefore,
    lossAfter: record.lossAfter,
    predictedDecrease: predictedDecrease(record),
    learningRate: record.learningRate,
    ...(energy === null ? {} : { energy }),
    ...(record.geometry === undefined ? {} : { geometry: record.geometry }),
  };
}

/** Whether the loss fell, also where it was only measured for the sake of the step size. */
const measuredDecrease = (record: StepRecord, effective: Condition): Condition =>
  effective.state === 'skipped' && record.asked.stepSize && record.lossAfter !== null
    ? effectiveCondition({ ...record, asked: { ...record.asked, effective: true } })
    : effective;

/** `η y·g` [SSK24, eq. (5)]. */
function predictedDecrease({ gram, learningRate }: StepRecord): number | null {
  if (gram === null) return null;
  const value = (learningRate ?? 1) * scaleByPower(gram.yg, productExponent(gram));
  return finite(value);
}

/** The angle that rounding θ' to float32 puts between any update and itself, in radians. */
function psiFloor(roundingNorm: number, gram: Gram): number | null {
  const length = Math.sqrt(gram.gg);
  return length > 0 ? Math.min(Math.PI / 2, roundingNorm / length) : null;
}

/** The metric is of `y` where alignment holds, else of the discrete gradient where the loss fell, else there is none. */
function metricGram(
  record: StepRecord,
  alignment: Condition,
  effective: Condition,
): { gram: Gram; of: DiscreteGradient | null } | null {
  const { gram, discrete, discreteGradient } = record;
  if (gram === null) return null;
  if (alignment.state === 'holds') return { gram, of: null };
  if (effective.state !== 'holds' || effective.value === null || gram.gg === 0) return null;
  if (discrete !== null && discrete.kind === discreteGradient) return { gram: discrete.gram, of: discrete.kind };
  return { gram: projectedGram(gram, -effective.value, record.learningRate ?? 1), of: 'projected' };
}

/** The best-conditioned metric of a `y` and a `g`; `null` where there is none, or a number leaves float64. */
export function summarize(gram: Gram): MetricSummary | null {
  const measured = angle(gram);
  const optimal = spectrum(gram);
  if (measured === null || optimal === null) return null;
  const summary: MetricSummary = {
    psi: measured.psi,
    alpha: optimal.alpha,
    conditionNumber: optimal.conditionNumber,
    eigenvalueMin: optimal.eigenvalueMin,
    eigenvalueMax: optimal.eigenvalueMax,
    dimension: gram.dimension,
  };
  return Object.values(summary).every(Number.isFinite) && summary.eigenvalueMin > 0 ? summary : null;
}

function variableCertificate(variable: StepRecord['variables'][number]): VariableCertificate {
  const alignment = variable.yg * 2 ** productExponent(variable);
  return {
    name: variable.name,
    size: variable.dimension,
    alignment: Number.isFinite(alignment) ? alignment : Math.sign(variable.yg) * Number.MAX_VALUE,
    psi: angle(variable)?.psi ?? null,
  };
}

import * as tf from '@tensorflow/tfjs';
import { displacement } from './displacement.js';
import { alignmentCondition } from '../src/certificates/alignment.js';
import { effectiveCondition, needsLossNoise } from '../src/certificates/effective.js';
import type { Timetable } from '../src/certificates/schedule.js';
import type { ConditionName, NoiseRecord, Obstacle, StepRecord } from '../src/certificates/stepRecord.js';
import type { Evaluation } from './evaluation.js';
import { unfaithful } from './faithful.js';
import { descentDot, squaredNorm } from './gramKernel.js';
import { hostArray } from './hostArray.js';
import { gradientJitter, lossNoise, probeGenerator } from './noise.js';
import { type SecondOrderOptions, secondOrderWork } from './secondOrder.js';
import { type StepArrays, stepGrams, sumAbsoluteYTheta } from './stepGrams.js';
import type { Track } from './track.js';
import { Unfinished } from './unfinished.js';

/** A step that was made: what is known of it while θ, θ' and the gradient are all at hand. */
export interface MadeStep {
  readonly source: StepRecord['source'];
  readonly variables: tf.Variable[];
  /** θ, sharing the data the variables had. */
  readonly before: readonly tf.Tensor[];
  /** `∇L(θ)`, variable by variable; `undefined`: no gradient reached it. `null`: the gradient of the loss is not known. */
  readonly gradients: readonly (tf.Tensor | undefined)[] | null;
  /** The loss; `null`: not known. */
  readonly evaluation: Evaluation | null;
  readonly lossBefore: number | null;
  readonly learningRate: number | null;
  readonly obstacles: readonly Obstacle[];
}

export interface CaptureOptions extends SecondOrderOptions {
  readonly timetables: Readonly<Record<ConditionName, Timetable>>;
  /** Gradients' worth of extra measuring that a step earns, for the noise. */
  readonly noiseShare: number;
  /** Above this angle (radians) a step is suspicious. */
  readonly suspiciousPsi: number;
}

/** What was measured of a step, and what goes on being measured of it: then the record is not complete yet. */
export interface MeasuredStep {
  readonly record: Omit<StepRecord, 'step' | 'run'>;
  readonly unfinished: Unfinished | null;
}

/** What is measured of a step is gathered here, then frozen into its record. */
type Draft = { -readonly [K in keyof StepRecord]: StepRecord[K] };

/** A `J` that was measured at another step counts this many times, so that a claim near its tolerance waits for a fresh one. */
const staleness = 16;
const cost = { jitter: 4, lossNoise: 2.5, gradient: 1, check: 0.35 } as const;
const allowanceLimit = 64;
/** A suspicion has the curvature measured at most every so many steps: near a minimum every step is suspicious. */
const suspicionRest = 16;

/**
 * Measures a step whose tensors lie in host memory: Grams, then, as far as the schedules and the allowance go, the loss after
 * and the noise. Nothing of it is seen by the training. O(D) in time; memory: what `stepGrams` and the probes need.
 */
export function measureStep(made: MadeStep, track: Track, options: CaptureOptions): MeasuredStep {
  track.spending.begin();
  try {
    // Work on an earlier step goes on; a page is not to be blocked twice in one step.
    track.unfinished?.go(options.curvature.blockingMs);
    return measured(made, track, options);
  } finally {
    track.spending.end();
  }
}

function measured(made: MadeStep, track: Track, options: CaptureOptions): MeasuredStep {
  const index = track.steps++;
  const { timetables } = options;
  const { spending } = track;
  // A schedule of the user's own is asked once a step.
  const regular = {
    alignment: timetables.alignment.due(index),
    effective: timetables.effective.due(index),
    stepSize: timetables.stepSize.due(index),
  };
  const due = (name: ConditionName, suspicious: boolean): boolean =>
    regular[name] ||
    (suspicious && timetables[name].onSuspicion) ||
    spending.allows(name, timetables[name].budget, suspicious);
  track.allowance = Math.min(allowanceLimit, track.allowance + options.noiseShare);
  const spike = lossSpike(track, made.lossBefore);
  const asked = { alignment: due('alignment', spike), effective: due('effective', spike), stepSize: false };
  const draft: Draft = { ...blank(made, options), asked };
  if (
    !asked.alignment &&
    !asked.effective &&
    !regular.stepSize &&
    !spending.allows('stepSize', timetables.stepSize.budget, true)
  )
    return { record: draft, unfinished: null };
  spending.on('alignment', () => {
    if (made.gradients !== null) measureGrams(draft, made, made.gradients, track);
    if (asked.alignment) sharpenAlignment(draft, made, track);
  });
  const suspicious = spike || isSuspicious(draft, options.suspiciousPsi);
  asked.effective ||= due('effective', suspicious);
  const rested = index >= track.suspicionAt + suspicionRest;
  asked.stepSize = due('stepSize', suspicious && rested);
  if (asked.stepSize && suspicious) track.suspicionAt = index;
  if (asked.effective) spending.on('effective', () => measureDecrease(draft, made, track));
  if (!asked.stepSize && options.discreteGradient === 'projected') return { record: draft, unfinished: null };
  // One at a time.
  track.unfinished?.go(Number.POSITIVE_INFINITY);
  const unfinished = spending.on('stepSize', () => {
    if (!asked.effective && asked.stepSize) measureDecrease(draft, made, track);
    return sharpenCurvature(draft, made, track, options);
  });
  return { record: draft, unfinished };
}

/** The discrete gradient and the curvature, where the loss after the step was measured and there is a step to speak of. */
function sharpenCurvature(draft: Draft, made: MadeStep, track: Track, options: CaptureOptions): Unfinished | null {
  const { evaluation } = made;
  if (evaluation === null && draft.asked.stepSize) {
    const why = draft.obstacles.find((o) => o.condition === 'effective')?.reason ?? 'the loss of the step is not known';
    draft.obstacles = [...draft.obstacles, ...obstacles(['stepSize'], why)];
  }
  if (evaluation === null || draft.lossAfter === null || draft.gram === null || draft.gram.gg === 0) return null;
  const unfinished = new Unfinished(secondOrderWork(draft, made, evaluation, track, options), track, (found) => {
    draft.discrete = found.discrete;
    draft.curvature = found.curvature;
    if (found.trouble !== null) draft.obstacles = [...draft.obstacles, ...obstacles(['stepSize'], found.trouble)];
  });
  return unfinished.begin(options.curvature.blockingMs) ? null : unfinished;
}

const blank = (made: MadeStep, options: CaptureOptions): Draft => ({
  kind: 'step',
  version: 1,
  step: 0,
  run: 0,
  source: made.source,
  learningRate: made.learningRate,
  precision: 'float32',
  gram: null,
  variables: [],
  lossBefore: made.lossBefore !== null && Number.isFinite(made.lossBefore) ? made.lossBefore : null,
  lossAfter: null,
  asked: { alignment: false, effective: false, stepSize: false },
  obstacles: [
    ...made.obstacles,
    ...(made.lossBefore === null || Number.isFinite(made.lossBefore)
      ? []
      : obstacles(
          ['alignment', 'effective', 'stepSize'],
          `non-finite: the loss before the step is ${String(made.lossBefore)}`,
        )),
  ],
  noise: null,
  after: null,
  discreteGradient: options.discreteGradient,
  discrete: null,
  curvature: null,
});

const obstacles = (conditions: readonly ConditionName[], reason: string): Obstacle[] =>
  conditions.map((name) => ({ condition: name, reason }));

const arraysOf = (made: MadeStep, gradients: readonly (tf.Tensor | undefined)[], i: number): StepArrays => {
  const gradient = gradients[i];
  return displacement(gradient, made.before[i] as tf.Tensor, made.variables[i] as tf.Variable);
};

function measureGrams(draft: Draft, made: MadeStep, gradients: readonly (tf.Tensor | undefined)[], track: Track): void {
  const names = made.variables.map((variable) => variable.name);
  const measured = stepGrams(names, (i) => arraysOf(made, gradients, i), made.learningRate ?? 1, track);
  draft.gram = measured.gram;
  draft.variables = measured.variables;
  if (measured.nonFinite !== null) {
    draft.obstacles = [...draft.obstacles, ...obstacles(['alignment', 'stepSize'], measured.nonFinite)];
    return;
  }
  const yNorm = Math.sqrt(measured.gram?.yy ?? 0);
  track.yNormMax = Math.max(track.yNormMax, yNorm);
  draft.noise = {
    yNormMax: track.yNormMax,
    gradientJitter: staleJitter(track, yNorm),
    logarithmic: track.survey?.logarithmic ?? made.evaluation?.survey?.logarithmic ?? null,
    absYTheta: null,
    lossNoise: null,
    roundingNorm: measured.roundingNorm,
  };
}

const staleJitter = (track: Track, yNorm: number): number | null =>
  track.jitter === null ? null : staleness * track.jitter.value * Math.max(1, yNorm / track.jitter.yNorm);

/** Measures the noise of the gradient where the claim is near its tolerance and there is allowance for it. */
function sharpenAlignment(draft: Draft, made: MadeStep, track: Track): void {
  const { gram, noise } = draft;
  if (gram === null || noise === null || made.gradients === null || gram.yy === 0 || gram.gg === 0) return;
  const condition = alignmentCondition(draft);
  const near =
    condition.state === 'unresolved' ||
    (noise.gradientJitter === null && Math.abs(condition.value ?? 0) < staleness * (condition.tolerance ?? 0));
  if (near && track.allowance >= cost.jitter && reevaluable(draft, made, track, [])) measureJitter(draft, made, track);
}

/** `J`, measured here and now. */
function measureJitter(draft: Draft, made: MadeStep, track: Track): void {
  const { gram, noise } = draft;
  const { evaluation, gradients } = made;
  if (gram === null || noise === null || evaluation === null || gradients === null) return;
  track.allowance -= cost.jitter;
  const value = gradientJitter(evaluation, made.variables, made.before, gradients, probeGenerator(track.steps));
  if (!Number.isFinite(value) || evaluation.diverged) return;
  track.jitter = { value, yNorm: Math.sqrt(gram.yy) };
  draft.noise = { ...noise, gradientJitter: value };
}

function spend(track: Track, gradients: number): boolean {
  if (track.allowance < gradients) return false;
  track.allowance -= gradients;
  return true;
}

/** May the loss be called again? Notes why not, once for every condition that would have needed it. */
function reevaluable(draft: Draft, made: MadeStep, track: Track, needing: readonly ConditionName[]): boolean {
  const { evaluation, lossBefore } = made;
  if (evaluation === null || lossBefore === null) return false;
  if (!track.checked) {
    track.allowance -= cost.check;
    track.unfaithful = unfaithful(evaluation, made.variables, made.before, lossBefore);
    track.checked = true;
  }
  if (track.unfaithful !== null) draft.obstacles = [...draft.obstacles, ...obstacles(needing, track.unfaithful)];
  return track.unfaithful === null;
}

/** The loss after the step on the same batch, and its noise where the change is near its tolerance. */
function measureDecrease(draft: Draft, made: MadeStep, track: Track): void {
  const needing = (['effective', 'stepSize'] as const).filter((name) => draft.asked[name]);
  if (!reevaluable(draft, made, track, needing)) return;
  const evaluation = made.evaluation as Evaluation;
  const after = evaluation.undisturbed((loss) => hostArray(loss())[0] as number);
  if (evaluation.diverged) {
    draft.obstacles = [
      ...draft.obstacles,
      ...obstacles(needing, 'the loss drew other random numbers when it was evaluated after the step'),
    ];
    return;
  }
  if (!Number.isFinite(after)) {
    draft.obstacles = [
      ...draft.obstacles,
      ...obstacles(needing, `non-finite: the loss after the step is ${String(after)}`),
    ];
    return;
  }
  draft.lossAfter = after;
  if (draft.noise === null || made.gradients === null) return;
  const gradients = made.gradients;
  const absYTheta = sumAbsoluteYTheta(made.variables.length, (i) => arraysOf(made, gradients, i));
  draft.noise = { ...draft.noise, absYTheta };
  if (needsLossNoise(draft)) draft.noise = withLossNoise(draft.noise, draft, made, track);
  const asked = { ...draft.asked, effective: true };
  if (effectiveCondition({ ...draft, asked }).state === 'unresolved') measureTrapezoid(draft, made, track);
}

function withLossNoise(noise: NoiseRecord, draft: Draft, made: MadeStep, track: Track): NoiseRecord {
  const largest = Math.max(Math.abs(draft.lossBefore ?? 0), Math.abs(draft.lossAfter ?? 0));
  const known = track.lossNoise;
  const outdated = known === null || largest > 4 * known.loss || largest < known.loss / 4;
  if (outdated && spend(track, cost.lossNoise)) {
    const value = lossNoise(made.evaluation as Evaluation, made.variables, made.before, track.steps);
    if (Number.isFinite(value)) track.lossNoise = { value, loss: Math.abs(draft.lossBefore ?? 0) };
  }
  if (track.lossNoise === null) return noise;
  const growth = track.lossNoise.loss > 0 ? Math.max(1, largest / track.lossNoise.loss) : 1;
  return { ...noise, lossNoise: track.lossNoise.value * growth };
}

/** A second gradient, at θ', for the trapezoid rule; it needs `J` as well. */
function measureTrapezoid(draft: Draft, made: MadeStep, track: Track): void {
  if (draft.noise?.gradientJitter === null && track.allowance >= cost.jitter + cost.gradient)
    measureJitter(draft, made, track);
  if (draft.noise?.gradientJitter == null || !spend(track, cost.gradient)) return;
  const eta = made.learningRate ?? 1;
  const evaluation = made.evaluation as Evaluation;
  const [yd, yy] = evaluation.undisturbed((loss) => {
    const { grads } = tf.variableGrads(loss, made.variables);
    return made.variables.reduce<[number, number]>(
      ([dot, square], variable, i) => {
        const gradient = grads[variable.name];
        if (!gradient) return [dot, square];
        const values = hostArray(gradient);
        const along = descentDot(values, hostArray(made.before[i] as tf.Tensor), hostArray(variable));
        return [dot + along, square + squaredNorm(values)];
      },
      [0, 0],
    );
  });
  if (Number.isFinite(yd) && Number.isFinite(yy)) draft.after = { yg: yd / eta, yNorm: Math.sqrt(yy) };
}

function isSuspicious(draft: StepRecord, psiLimit: number): boolean {
  if (!draft.asked.alignment) return false;
  if (alignmentCondition(draft).state !== 'holds' || draft.gram === null) return true;
  return draft.gram.yg < Math.cos(psiLimit) * Math.sqrt(draft.gram.yy * draft.gram.gg);
}

/** Is this loss far above those before? Keeps the running mean and variance. */
function lossSpike(track: Track, loss: number | null): boolean {
  if (loss === null || !Number.isFinite(loss)) return loss !== null;
  const rate = 0.05;
  if (Number.isNaN(track.lossMean)) {
    track.lossMean = loss;
    return false;
  }
  const deviation = loss - track.lossMean;
  const spike =
    track.steps > 20 && deviation > 4 * Math.sqrt(track.lossVariance) && deviation > 0.1 * Math.abs(track.lossMean);
  track.lossMean += rate * deviation;
  track.lossVariance = (1 - rate) * (track.lossVariance + rate * deviation * deviation);
  return spike;
}

import * as tf from '@tensorflow/tfjs';
import { displacement } from './displacement.js';
import { alignmentCondition } from '../src/certificates/alignment.js';
import { effectiveCondition, needsLossNoise } from '../src/certificates/effective.js';
import type { Timetable } from '../src/certificates/schedule.js';
import type { ConditionName, NoiseRecord, Obstacle, StepRecord } from '../src/certificates/stepRecord.js';
import { type Arithmetic, type Gradients, hostArithmetic, isOnDevice, resultOf } from './arithmetic.js';
import type { Backlog } from './backlog.js';
import type { DeviceGrams } from './deviceGrams.js';
import { measuredLater } from './deviceStep.js';
import type { Evaluation } from './evaluation.js';
import { outdated, unfaithful } from './faithful.js';
import type { LossInputs } from './hessian/lossInputs.js';
import { type Reads, readSync } from './hessian/reads.js';
import { gradientJitter, lossNoise, probeGenerator } from './noise.js';
import { type SecondOrderOptions, secondOrderWork } from './secondOrder.js';
import { type StepArrays, stepGrams, sumAbsoluteYTheta } from './stepGrams.js';
import { isSuspicious, lossSpike } from './suspicion.js';
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
  /** On a device: what the loss was seen to be a function of. */
  readonly inputs: LossInputs | null;
  /** A number, or on a device the scalar that holds it; `null`: not known. */
  readonly lossBefore: number | tf.Tensor | null;
  readonly learningRate: number | null;
  readonly obstacles: readonly Obstacle[];
}

export interface CaptureOptions extends SecondOrderOptions {
  readonly timetables: Readonly<Record<ConditionName, Timetable>>;
  /** Gradients' worth of extra measuring that a step earns, for the noise. */
  readonly noiseShare: number;
  /** Steps on a device whose numbers are still to be read back. */
  readonly backlog: Backlog;
  /** Above this angle (radians) a step is suspicious. */
  readonly suspiciousPsi: number;
}

/** What was measured of a step, and what goes on being measured of it: then the record is not complete yet. */
export interface MeasuredStep {
  readonly record: Omit<StepRecord, 'step' | 'run'>;
  readonly unfinished: Work | null;
}

/** Measuring that goes on after its step. */
export interface Work {
  readonly done: boolean;
  /** Goes on for some milliseconds, as far as it can without waiting. */
  go(limit: number): void;
  /** Settles when it is done, where it has to be waited for. */
  readonly settled?: Promise<void>;
}

/** A step being measured: the loss is a number by now. */
export interface Measurable extends MadeStep {
  readonly lossBefore: number | null;
  readonly arithmetic: Arithmetic;
  readonly plan: Plan;
  /** What was computed of it on a device while it was made. */
  readonly early: Early | null;
}

/** What the schedules say of a step: a schedule of the user's own is asked once. */
export interface Plan {
  readonly index: number;
  readonly regular: Readonly<Record<ConditionName, boolean>>;
}

/** What a device has computed within the step. */
export interface Early {
  readonly grams: DeviceGrams | null;
  /** The loss at θ a second time, and at θ'; `null`: not evaluated. */
  readonly again: number | null;
  readonly after: number | null;
  /** May the loss be called now that the step is over, and if not, why? `null`: not tried yet. */
  later: { readonly reason: string | null } | null;
}

/** What is measured of a step is gathered here, then frozen into its record. */
type Draft = { -readonly [K in keyof StepRecord]: StepRecord[K] };

/** A `J` that was measured at another step counts this many times, so that a claim near its tolerance waits for a fresh one. */
const staleness = 16;
const cost = { jitter: 4, lossNoise: 2.5, gradient: 1, check: 0.35 } as const;
const allowanceLimit = 64;
/** WGSL lets a logarithm near 1 err by 2⁻²¹, four roundings of float32; GLSL promises less and is kept as well. */
const coarseness = 4;
const noSecondDerivatives =
  'second derivatives are not measured while training on webgl and webgpu: train on cpu or wasm, or call smallestEigenvalue';
/** A suspicion has the curvature measured at most every so many steps: near a minimum every step is suspicious. */
const suspicionRest = 16;

/**
 * Measures a step: Grams, then, as far as the schedules and the allowance go, the loss after and the noise. Nothing of it is seen
 * by the training. In host memory all of it is done when this returns, but for a curvature that takes long; on a device numbers
 * are read back later, and the step is held as long. O(D) in time; memory: what `stepGrams` and the probes need.
 */
export function measureStep(made: MadeStep, track: Track, options: CaptureOptions): MeasuredStep {
  track.spending.begin();
  try {
    // Work on an earlier step goes on; a page is not to be blocked twice in one step.
    track.unfinished?.go(options.curvature.blockingMs);
    const index = track.steps++;
    const { alignment, effective, stepSize } = options.timetables;
    const regular = { alignment: alignment.due(index), effective: effective.due(index), stepSize: stepSize.due(index) };
    const plan: Plan = { index, regular };
    if (isOnDevice()) {
      const measure = (each: Measurable): Reads<MeasuredStep> => measured(each, track, options);
      return measuredLater(made, plan, track, options.backlog, measure, blank(made, null, options));
    }
    const lossBefore = made.lossBefore as number | null;
    return readSync(measured({ ...made, lossBefore, plan, arithmetic: hostArithmetic, early: null }, track, options));
  } finally {
    track.spending.end();
  }
}

/** Measures a step, one decision after the other. */
function* measured(made: Measurable, track: Track, options: CaptureOptions): Reads<MeasuredStep> {
  const { timetables } = options;
  const { spending } = track;
  const { index, regular } = made.plan;
  const due = (name: ConditionName, suspicious: boolean): boolean =>
    regular[name] ||
    (suspicious && timetables[name].onSuspicion) ||
    spending.allows(name, timetables[name].budget, suspicious);
  track.allowance = Math.min(allowanceLimit, track.allowance + options.noiseShare);
  const spike = lossSpike(track, made.lossBefore);
  const asked = { alignment: due('alignment', spike), effective: due('effective', spike), stepSize: false };
  const draft: Draft = { ...blank(made, made.lossBefore, options), asked };
  if (
    !asked.alignment &&
    !asked.effective &&
    !regular.stepSize &&
    !spending.allows('stepSize', timetables.stepSize.budget, true)
  )
    return { record: draft, unfinished: null };
  yield* spending.over('alignment', measureAlignment(draft, made, track));
  const suspicious = spike || isSuspicious(draft, options.suspiciousPsi);
  asked.effective ||= due('effective', suspicious);
  const rested = index >= track.suspicionAt + suspicionRest;
  asked.stepSize = due('stepSize', suspicious && rested);
  if (asked.stepSize && suspicious) track.suspicionAt = index;
  if (asked.effective) yield* spending.over('effective', measureDecrease(draft, made, track));
  if (!asked.stepSize && options.discreteGradient === 'projected') return { record: draft, unfinished: null };
  if (made.early !== null) {
    if (asked.stepSize) draft.obstacles = [...draft.obstacles, ...obstacles(['stepSize'], noSecondDerivatives)];
    return { record: draft, unfinished: null };
  }
  // One at a time.
  track.unfinished?.go(Number.POSITIVE_INFINITY);
  if (!asked.effective && asked.stepSize) yield* spending.over('stepSize', measureDecrease(draft, made, track));
  const unfinished = spending.on('stepSize', () => sharpenCurvature(draft, made, track, options));
  return { record: draft, unfinished };
}

function* measureAlignment(draft: Draft, made: Measurable, track: Track): Reads<void> {
  if (made.gradients !== null) measureGrams(draft, made, made.gradients, track);
  if (draft.asked.alignment) yield* sharpenAlignment(draft, made, track);
}

/** The discrete gradient and the curvature, where the loss after the step was measured and there is a step to speak of. */
function sharpenCurvature(draft: Draft, made: Measurable, track: Track, options: CaptureOptions): Unfinished | null {
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

const blank = (made: MadeStep, lossBefore: number | null, options: CaptureOptions): Draft => ({
  kind: 'step',
  version: 1,
  step: 0,
  run: 0,
  source: made.source,
  learningRate: made.learningRate,
  precision: 'float32',
  gram: null,
  variables: [],
  lossBefore: lossBefore !== null && Number.isFinite(lossBefore) ? lossBefore : null,
  lossAfter: null,
  asked: { alignment: false, effective: false, stepSize: false },
  obstacles: [
    ...made.obstacles,
    ...(lossBefore === null || Number.isFinite(lossBefore)
      ? []
      : obstacles(
          ['alignment', 'effective', 'stepSize'],
          `non-finite: the loss before the step is ${String(lossBefore)}`,
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

const arraysOf = (made: MadeStep, gradients: Gradients, i: number): StepArrays => {
  const gradient = gradients[i];
  return displacement(gradient, made.before[i] as tf.Tensor, made.variables[i] as tf.Variable);
};

function measureGrams(draft: Draft, made: Measurable, gradients: Gradients, track: Track): void {
  const names = made.variables.map((variable) => variable.name);
  const onDevice = made.early?.grams ?? null;
  const measured = onDevice ?? stepGrams(names, (i) => arraysOf(made, gradients, i), made.learningRate ?? 1, track);
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
    ...(onDevice === null ? {} : { dotError: onDevice.dotError, coarseness }),
  };
}

const staleJitter = (track: Track, yNorm: number): number | null =>
  track.jitter === null ? null : staleness * track.jitter.value * Math.max(1, yNorm / track.jitter.yNorm);

/** Measures the noise of the gradient where the claim is near its tolerance and there is allowance for it. */
function* sharpenAlignment(draft: Draft, made: Measurable, track: Track): Reads<void> {
  const { gram, noise } = draft;
  if (gram === null || noise === null || made.gradients === null || gram.yy === 0 || gram.gg === 0) return;
  const condition = alignmentCondition(draft);
  const near =
    condition.state === 'unresolved' ||
    (noise.gradientJitter === null && Math.abs(condition.value ?? 0) < staleness * (condition.tolerance ?? 0));
  if (near && track.allowance >= cost.jitter && (yield* reevaluable(draft, made, track, [])))
    yield* measureJitter(draft, made, track);
}

/** `J`, measured here and now. */
function* measureJitter(draft: Draft, made: Measurable, track: Track): Reads<void> {
  const { gram, noise } = draft;
  const { evaluation, gradients } = made;
  if (gram === null || noise === null || evaluation === null || gradients === null) return;
  track.allowance -= cost.jitter;
  const probes = probeGenerator(made.plan.index + 1);
  const value = yield* gradientJitter(evaluation, made.variables, made.before, gradients, probes, made.arithmetic);
  if (!Number.isFinite(value) || evaluation.diverged) return;
  track.jitter = { value, yNorm: Math.sqrt(gram.yy) };
  draft.noise = { ...noise, gradientJitter: value };
}

function spend(track: Track, gradients: number): boolean {
  if (track.allowance < gradients) return false;
  track.allowance -= gradients;
  return true;
}

/**
 * May the loss be called again? Notes why not, once for every condition that would have needed it.
 *
 * @param now it is going to be called, not only was it within the step
 */
function* reevaluable(
  draft: Draft,
  made: Measurable,
  track: Track,
  needing: readonly ConditionName[],
  now = true,
): Reads<boolean> {
  const { evaluation, lossBefore, early } = made;
  if (evaluation === null || lossBefore === null) return false;
  if (!track.checked) {
    track.allowance -= cost.check;
    track.unfaithful = unfaithful(evaluation, made, lossBefore);
    track.checked = early === null || early.again !== null || track.unfaithful !== null;
  }
  const reason = track.unfaithful ?? (now ? yield* outlived(made, track) : null);
  if (reason !== null) draft.obstacles = [...draft.obstacles, ...obstacles(needing, reason)];
  return reason === null;
}

/** Why the loss can't be called now that its step is over, which on a device it is; `null`: it can. Tried once a step. */
function* outlived(made: Measurable, track: Track): Reads<string | null> {
  const { evaluation, early } = made;
  if (early === null || evaluation === null) return null;
  if (early.later === null) {
    track.allowance -= cost.check;
    early.later = { reason: yield* outdated(evaluation, made) };
  }
  return early.later.reason;
}

/** The loss after the step on the same batch, and its noise where the change is near its tolerance. */
function* measureDecrease(draft: Draft, made: Measurable, track: Track): Reads<void> {
  const needing = (['effective', 'stepSize'] as const).filter((name) => draft.asked[name]);
  const known = made.early?.after ?? null;
  if (!(yield* reevaluable(draft, made, track, needing, known === null))) return;
  const evaluation = made.evaluation as Evaluation;
  const after = known ?? (yield* resultOf(evaluation.outcome((loss) => made.arithmetic.scalar(loss()))));
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
  const absYTheta =
    made.early?.grams?.absYTheta ?? sumAbsoluteYTheta(made.variables.length, (i) => arraysOf(made, gradients, i));
  draft.noise = { ...draft.noise, absYTheta };
  if (needsLossNoise(draft)) draft.noise = yield* withLossNoise(draft.noise, draft, made, track);
  const asked = { ...draft.asked, effective: true };
  if (effectiveCondition({ ...draft, asked }).state === 'unresolved') yield* measureTrapezoid(draft, made, track);
}

function* withLossNoise(noise: NoiseRecord, draft: Draft, made: Measurable, track: Track): Reads<NoiseRecord> {
  const largest = Math.max(Math.abs(draft.lossBefore ?? 0), Math.abs(draft.lossAfter ?? 0));
  const known = track.lossNoise;
  const outdated = known === null || largest > 4 * known.loss || largest < known.loss / 4;
  if (outdated && track.allowance >= cost.lossNoise && (yield* outlived(made, track)) === null) {
    track.allowance -= cost.lossNoise;
    const { variables, before, arithmetic, plan } = made;
    const value = yield* lossNoise(made.evaluation as Evaluation, variables, before, plan.index + 1, arithmetic);
    if (Number.isFinite(value)) track.lossNoise = { value, loss: Math.abs(draft.lossBefore ?? 0) };
  }
  if (track.lossNoise === null) return noise;
  const growth = track.lossNoise.loss > 0 ? Math.max(1, largest / track.lossNoise.loss) : 1;
  return { ...noise, lossNoise: track.lossNoise.value * growth };
}

/** A second gradient, at θ', for the trapezoid rule; it needs `J` as well. */
function* measureTrapezoid(draft: Draft, made: Measurable, track: Track): Reads<void> {
  if (track.allowance < cost.gradient || (yield* outlived(made, track)) !== null) return;
  if (draft.noise?.gradientJitter === null && track.allowance >= cost.jitter + cost.gradient)
    yield* measureJitter(draft, made, track);
  if (draft.noise?.gradientJitter == null || !spend(track, cost.gradient)) return;
  const eta = made.learningRate ?? 1;
  const evaluation = made.evaluation as Evaluation;
  const { yd, yy } = yield* resultOf(
    evaluation.outcome((loss) => {
      const { grads } = tf.variableGrads(loss, made.variables);
      const found = made.variables.map((variable) => grads[variable.name]);
      return made.arithmetic.descent(found, made.before, made.variables);
    }),
  );
  if (Number.isFinite(yd) && Number.isFinite(yy)) draft.after = { yg: yd / eta, yNorm: Math.sqrt(yy) };
}

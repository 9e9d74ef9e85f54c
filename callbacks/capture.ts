import type * as tf from '@tensorflow/tfjs';
import { staircase } from './staircase.js';
import { displacement } from './displacement.js';
import type { Timetable } from '../src/certificates/schedule.js';
import type { ConditionName } from '../src/certificates/stepRecord.js';
import { type Gradients, hostArithmetic, resultOf } from './arithmetic.js';
import { coarseness, isOnDevice } from './isOnDevice.js';
import type { Backlog } from './backlog.js';
import { knownLossNoise, measureDecrease, outlived } from './decrease.js';
import { deviceAbsoluteDot, deviceGrams } from './deviceGrams.js';
import { measuredLater } from './deviceStep.js';
import { inertiaRecord } from './inertia.js';
import { advanceGeometry, emptyGeometry } from '../src/geometry/geometryOverTime.js';
import { type Reads, readSync } from './hessian/reads.js';
import {
  type Draft,
  type MadeStep,
  type Measurable,
  measurable,
  type MeasuredStep,
  obstacles,
  type Plan,
} from './measurable.js';
import { type SecondOrder, type SecondOrderOptions, type SecondOrderWork, secondOrderWork } from './secondOrder.js';
import { sharpenAlignment } from './sharpenAlignment.js';
import { notItsSlope } from './slope.js';
import { vectorsOf } from './stepSegment.js';
import { type StepArrays, type StepGrams, stepGrams, sumAbsoluteYTheta } from './stepGrams.js';
import { followLoss, isSpike, isSuspicious } from './suspicion.js';
import type { Track } from './track.js';
import { Unfinished } from './unfinished.js';

export type { MadeStep } from './measurable.js';

export interface CaptureOptions extends SecondOrderOptions {
  readonly timetables: Readonly<Record<ConditionName, Timetable>>;
  /** Gradients' worth of extra measuring that a step earns, for the noise. */
  readonly noiseShare: number;
  /** Steps on a device whose numbers are still to be read back. */
  readonly backlog: Backlog;
  /** Above this angle (radians) a step is suspicious. */
  readonly suspiciousPsi: number;
  /** Steps that the geometry over time remembers; `null`: it is not followed. */
  readonly geometry: { readonly memory: number } | null;
  /** Is it to be said of every optimizer whether it has an energy? */
  readonly energy: boolean;
}

const allowanceLimit = 64;
/** A suspicion has the curvature measured at most every so many steps: near a minimum every step is suspicious. */
const suspicionRest = 16;

/** What the schedules say of a step. Each is asked once. */
function planOf(track: Track, index: number, { timetables }: CaptureOptions): Plan {
  if (track.planned?.index === index) return track.planned;
  const { alignment, effective, stepSize } = timetables;
  track.planned = {
    index,
    regular: { alignment: alignment.due(index), effective: effective.due(index), stepSize: stepSize.due(index) },
  };
  return track.planned;
}

/**
 * May anything of the next step be measured? Where not, `measureStep` needs neither θ nor what the update was seen to be of it. By a budget it
 * may always be, and on suspicion where the loss is no number yet, as on a device. O(1).
 */
export function mayMeasure(track: Track, lossBefore: MadeStep['lossBefore'], options: CaptureOptions): boolean {
  const { index, regular } = planOf(track, track.steps, options);
  const timetables = Object.values(options.timetables);
  if (regular.alignment || regular.effective || regular.stepSize) return true;
  if (timetables.some(({ budget }) => budget > 0)) return true;
  if (!timetables.some(({ onSuspicion }) => onSuspicion)) return false;
  return typeof lossBefore === 'object' || isSpike(track, index, lossBefore);
}

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
    const plan = planOf(track, track.steps++, options);
    if (isOnDevice()) {
      const measure = (each: Measurable): Reads<MeasuredStep> => measured(each, track, options);
      return measuredLater(made, plan, track, options.backlog, measure, blank(made, null, options));
    }
    const lossBefore = made.lossBefore as number | null;
    const here = measurable(made, { lossBefore, plan, arithmetic: hostArithmetic, early: null });
    return readSync(measured(here, track, options));
  } finally {
    track.spending.end();
  }
}

/** Measures a step, one decision after the other. */
function* measured(made: Measurable, track: Track, options: CaptureOptions): Reads<MeasuredStep> {
  const { timetables } = options;
  const { spending } = track;
  const { index, regular } = made.plan;
  function* absYTheta(gradients: Gradients): Reads<number> {
    if (made.early === null) return sumAbsoluteYTheta(gradients.length, (i) => arraysOf(made, gradients, i));
    return made.early.grams?.absYTheta ?? (yield* resultOf(deviceAbsoluteDot({ ...made, gradients })));
  }
  const due = (name: ConditionName, suspicious: boolean): boolean =>
    regular[name] ||
    (suspicious && timetables[name].onSuspicion) ||
    spending.allows(name, timetables[name].budget, suspicious);
  track.allowance = Math.min(allowanceLimit, track.allowance + options.noiseShare);
  const spike = isSpike(track, index, made.lossBefore);
  followLoss(track, made.lossBefore);
  const asked = { alignment: due('alignment', spike), effective: due('effective', spike), stepSize: false };
  const draft = blank(made, made.lossBefore, options);
  draft.asked = asked;
  if (
    !asked.alignment &&
    !asked.effective &&
    !regular.stepSize &&
    !spending.allows('stepSize', timetables.stepSize.budget, true)
  )
    return { record: draft, unfinished: null };
  yield* spending.over('alignment', measureAlignment(draft, made, track));
  keepVelocity(draft, made, track, options);
  if (options.geometry !== null) yield* spending.over('alignment', followGeometry(draft, made, track, options));
  const suspicious = spike || isSuspicious(draft, options.suspiciousPsi);
  asked.effective ||= due('effective', suspicious);
  const rested = index >= track.suspicionAt + suspicionRest;
  asked.stepSize = due('stepSize', suspicious && rested);
  if (asked.stepSize && suspicious) track.suspicionAt = index;
  if (asked.effective) yield* spending.over('effective', measureDecrease(draft, made, track, absYTheta));
  const misled = made.evaluation?.wrongGradient ?? (track.slope === 'differs' ? notItsSlope : null);
  if (misled !== null) draft.obstacles = [...draft.obstacles, ...obstacles(['alignment', 'stepSize'], misled)];
  if (!asked.stepSize && options.discreteGradient === 'projected') return { record: draft, unfinished: null };
  // One at a time.
  track.unfinished?.go(Number.POSITIVE_INFINITY);
  if (!asked.effective && asked.stepSize)
    yield* spending.over('stepSize', measureDecrease(draft, made, track, absYTheta));
  const work = yield* spending.over('stepSize', curvatureWork(draft, made, track, options));
  if (work === null) return { record: draft, unfinished: null };
  const deliver = (found: SecondOrder): void => {
    draft.discrete = found.discrete;
    draft.curvature = found.curvature;
    if (found.trouble !== null) draft.obstacles = [...draft.obstacles, ...obstacles(['stepSize'], found.trouble)];
  };
  // On a device each product is waited for, and the step is held until all is known.
  if (made.early !== null) {
    deliver(yield* spending.over('stepSize', work.reads));
    return { record: draft, unfinished: null };
  }
  const unfinished = new Unfinished(work, track, deliver);
  const done = spending.on('stepSize', () => unfinished.begin(options.curvature.blockingMs));
  return { record: draft, unfinished: done ? null : unfinished };
}

/** The velocity goes from step to step on the track: it costs a handful of numbers. */
function keepVelocity(draft: Draft, { inertia }: Measurable, track: Track, { energy }: CaptureOptions): void {
  if (!inertia) return;
  const { found, left } = inertiaRecord(inertia, draft, track.velocity);
  track.velocity = left;
  if (found.rule !== 'other' || energy) draft.inertia = found;
}

/** The geometry over time needs the vectors themselves, in host memory. */
function* followGeometry(draft: Draft, made: Measurable, track: Track, { geometry }: CaptureOptions): Reads<void> {
  if (geometry === null || made.gradients === null || !draft.gram) return;
  // On a device the tensors may be gone by now.
  if ((made.early?.later?.reason ?? null) !== null) return;
  const { y, g } = yield* vectorsOf(made, made.gradients);
  const { state, record } = advanceGeometry(
    track.geometry ?? emptyGeometry(geometry.memory),
    y,
    g,
    draft.gram.gg > 0 ? (draft.noise?.roundingNorm ?? 0) / Math.sqrt(draft.gram.gg) : 0,
  );
  track.geometry = state;
  draft.geometry = record;
}

function* measureAlignment(draft: Draft, made: Measurable, track: Track): Reads<void> {
  if (made.gradients !== null) yield* measureGrams(draft, made, made.gradients, track);
  if (draft.asked.alignment) yield* sharpenAlignment(draft, made, track);
}

/** What the discrete gradient and the curvature take, where the loss after the step was measured and there is a step to speak of. */
function* curvatureWork(
  draft: Draft,
  made: Measurable,
  track: Track,
  options: CaptureOptions,
): Reads<SecondOrderWork | null> {
  const { evaluation } = made;
  if (evaluation === null && draft.asked.stepSize) {
    const why = draft.obstacles.find((o) => o.condition === 'effective')?.reason ?? 'the loss of the step is not known';
    draft.obstacles = [...draft.obstacles, ...obstacles(['stepSize'], why)];
  }
  if (evaluation === null || draft.lossAfter === null || draft.gram === null || draft.gram.gg === 0) return null;
  const gone = yield* outlived(made, track);
  if (gone !== null) {
    if (draft.asked.stepSize) draft.obstacles = [...draft.obstacles, ...obstacles(['stepSize'], gone)];
    return null;
  }
  return secondOrderWork(draft, made, evaluation, track, options);
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

const arraysOf = (made: MadeStep, gradients: Gradients, i: number): StepArrays => {
  const gradient = gradients[i];
  return displacement(gradient, made.before[i] as tf.Tensor, made.variables[i] as tf.Variable, made.multiples?.[i]);
};

function* measureGrams(draft: Draft, made: Measurable, gradients: Gradients, track: Track): Reads<void> {
  const names = made.variables.map((variable) => variable.name);
  const eta = made.learningRate ?? 1;
  const early = made.early?.grams ?? null;
  const again = made.early !== null && (early === null || early.blurred);
  const gone = again ? (made.early.later?.reason ?? null) : null;
  if (gone !== null) {
    draft.obstacles = [...draft.obstacles, ...obstacles(['alignment', 'effective', 'stepSize'], gone)];
    return;
  }
  const measured: StepGrams = again
    ? yield* resultOf(deviceGrams({ names, ...made, gradients }, eta, track, false))
    : (early ?? stepGrams(names, (i) => arraysOf(made, gradients, i), eta, track));
  draft.gram = measured.gram;
  draft.variables = measured.variables;
  if (measured.trouble !== null) {
    draft.obstacles = [...draft.obstacles, ...obstacles(['alignment', 'effective', 'stepSize'], measured.trouble)];
    return;
  }
  const yNorm = Math.sqrt(measured.gram?.yy ?? 0);
  if (made.early) made.early.yTheta = yNorm * measured.thetaNorm;
  track.yNormMax = Math.max(track.yNormMax, yNorm);
  draft.noise = {
    yNormMax: track.yNormMax,
    gradientJitter: staleJitter(track, yNorm),
    logarithmic: track.survey?.logarithmic ?? made.evaluation?.survey?.logarithmic ?? null,
    ...staircase(made.evaluation, made.lossBefore ?? 0),
    absYTheta: null,
    lossNoise: knownLossNoise(track, Math.abs(made.lossBefore ?? 0)),
    roundingNorm: measured.roundingNorm,
    ...(measured.dotError > 0 ? { dotError: measured.dotError } : {}),
    ...(made.early === null ? {} : { coarseness }),
  };
}

const staleJitter = (track: Track, yNorm: number): number | null =>
  track.jitter === null ? null : track.jitter.elsewhere * Math.max(1, yNorm / track.jitter.yNorm);

import { effectiveCondition, needsLossNoise } from '../src/certificates/effective.js';
import type { ConditionName, NoiseRecord } from '../src/certificates/stepRecord.js';
import { type Gradients, resultOf } from './arithmetic.js';
import type { Evaluation } from './evaluation.js';
import { staircase } from './staircase.js';
import { outdated, unfaithful } from './faithful.js';
import type { Reads } from './hessian/reads.js';
import { gradientsOf } from './lossGradients.js';
import { type Draft, type Measurable, obstacles } from './measurable.js';
import { gradientJitter, lossNoise, noiseRung } from './noise.js';
import { type Ladder, probeGenerator, RandomLine } from './randomLine.js';
import { believed, slopeAlong, slopeOf } from './slope.js';
import type { Track } from './track.js';

/** What measuring costs, in gradients. */
export const cost = { glance: 1.5, jitter: 6, lossNoise: 4, slope: 2.5, gradient: 1, check: 0.35 } as const;

/**
 * `J`, measured here and now. Four gradients that are all the same to the last bit say nothing of it, as a table of equal losses does not.
 *
 * @param glance by one gradient only
 */
export function* measureJitter(draft: Draft, made: Measurable, track: Track, glance = false): Reads<void> {
  const { gram, noise } = draft;
  const { evaluation, gradients } = made;
  if (gram === null || noise === null || evaluation === null || gradients === null) return;
  track.allowance -= glance ? cost.glance : cost.jitter;
  const probes = probeGenerator(made.plan.index + 1);
  const sizes = glance ? [2] : undefined;
  const { variables, before, arithmetic } = made;
  const found = yield* gradientJitter(evaluation, variables, before, gradients, probes, arithmetic, sizes);
  const { here, elsewhere } = found;
  if (!(here > 0 && Number.isFinite(here)) || evaluation.diverged) return;
  // Noise at a gradient of zero has no size to grow from: it is good for this step alone.
  if (gram.yy > 0) track.jitter = { elsewhere, yNorm: Math.sqrt(gram.yy) };
  draft.noise = { ...noise, gradientJitter: glance ? elsewhere : here };
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
export function* reevaluable(
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
export function* outlived(made: Measurable, track: Track): Reads<string | null> {
  const { evaluation, early } = made;
  if (early === null || evaluation === null) return null;
  if (early.later === null) {
    track.allowance -= cost.check;
    early.later = { reason: yield* outdated(evaluation, made) };
  }
  return early.later.reason;
}

/**
 * The loss after the step on the same batch, and its noise where the change is near its tolerance.
 *
 * @param absYTheta gives `Σ|yᵢθᵢ|`
 */
export function* measureDecrease(
  draft: Draft,
  made: Measurable,
  track: Track,
  absYTheta: (gradients: Gradients) => Reads<number>,
): Reads<void> {
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
  const largest = Math.max(Math.abs(draft.lossBefore ?? 0), Math.abs(after));
  const absolute = yield* absYTheta(made.gradients);
  draft.noise = { ...draft.noise, absYTheta: absolute, ...staircase(evaluation, largest) };
  const mayCancel = unbounded(evaluation, made);
  // A constant in the model may cancel as well (a frozen bias, say), which no free bound sees; on a device the batch may be gone by now.
  if (made.early === null || needsLossNoise(draft)) draft.noise = yield* withLossNoise(draft.noise, draft, made, track);
  if (mayCancel && draft.noise.lossNoise === null) {
    const reason = 'the noise of the loss was not measured, and the terms of a loss that no model made may cancel';
    draft.obstacles = [...draft.obstacles, ...obstacles(['effective'], reason)];
    return;
  }
  const asked = { ...draft.asked, effective: true };
  if (effectiveCondition({ ...draft, asked }).state === 'unresolved') yield* measureTrapezoid(draft, made, track);
}

/**
 * May the loss be noisier than all free bounds? The terms of a loss that no model made may cancel a million times over: `(v + 1000)² − (v + 997)²`
 * moves in steps of a half. On a device the batch may be gone by now: there the free bounds have to do.
 */
const unbounded = (evaluation: Evaluation, { early }: Measurable): boolean =>
  early === null && (evaluation.survey?.model ?? null) === null;

/** Holds the gradient against losses along a line, and along another where nothing came of it, or what may be chance. */
function* lookAtSlope(ladder: Ladder, noise: number, made: Measurable, track: Track): Reads<void> {
  const { gradients } = made;
  if (gradients === null) return;
  track.slope = believed(track.slope, yield* slopeOf(randomLine(made, 1), ladder, noise, gradients));
  if ((track.slope !== 'once' && track.slope !== 'open') || !spend(track, cost.slope)) return;
  const line = randomLine(made, 2);
  track.slope = believed(track.slope, yield* slopeOf(line, yield* line.ladder(noiseRung), noise, gradients));
}

/** The same by seven losses along one line, where none are measured for anything else. */
export function* glanceAtSlope(made: Measurable, track: Track): Reads<void> {
  if (made.gradients === null || !spend(track, cost.slope)) return;
  track.slope = believed(track.slope, yield* slopeAlong(randomLine(made, 1), made.gradients, null));
}

/** @param which of a step's lines */
const randomLine = ({ evaluation, variables, before, plan, arithmetic }: Measurable, which: 1 | 2): RandomLine =>
  new RandomLine(evaluation as Evaluation, variables, before, (which << 20) + plan.index, arithmetic);

/** Is a loss of another size than the one that something was measured at, or was it measured nowhere (NaN)? */
export const isFar = (loss: number, from: number): boolean => !(loss <= 4 * from && loss >= from / 4);

/** `σ` of a loss of that size, by where it was measured last; `null`: nowhere. */
export function knownLossNoise({ lossNoise }: Track, loss: number): number | null {
  if (lossNoise === null) return null;
  return lossNoise.value * (lossNoise.loss > 0 ? Math.max(1, loss / lossNoise.loss) : 1);
}

function* withLossNoise(noise: NoiseRecord, draft: Draft, made: Measurable, track: Track): Reads<NoiseRecord> {
  const largest = Math.max(Math.abs(draft.lossBefore ?? 0), Math.abs(draft.lossAfter ?? 0));
  const known = track.lossNoise;
  const outdated = known === null || track.slope === 'doubted' || isFar(largest, known.loss);
  if (outdated && track.allowance >= cost.lossNoise && (yield* outlived(made, track)) === null) {
    track.allowance -= cost.lossNoise;
    const { value, ladder } = yield* lossNoise(randomLine(made, 1));
    if (ladder !== null) yield* lookAtSlope(ladder, value, made, track);
    if (Number.isFinite(value)) track.lossNoise = { value, loss: Math.abs(draft.lossBefore ?? 0) };
  }
  const sigma = knownLossNoise(track, largest);
  return sigma === null ? noise : { ...noise, lossNoise: sigma };
}

/** A second gradient, at θ', for the trapezoid rule; it needs `J` as well. */
function* measureTrapezoid(draft: Draft, made: Measurable, track: Track): Reads<void> {
  const evaluation = made.evaluation as Evaluation;
  if (track.slope !== 'agrees' || evaluation.wrongGradient !== null) return;
  if (track.allowance < cost.gradient || (yield* outlived(made, track)) !== null) return;
  if (draft.noise?.gradientJitter === null && track.allowance >= cost.jitter + cost.gradient)
    yield* measureJitter(draft, made, track);
  if (draft.noise?.gradientJitter == null || !spend(track, cost.gradient)) return;
  const eta = made.learningRate ?? 1;
  const { yd, yy } = yield* resultOf(
    evaluation.outcome((loss) =>
      made.arithmetic.descent(gradientsOf(loss, made.variables), made.before, made.variables),
    ),
  );
  if (Number.isFinite(yd) && Number.isFinite(yy)) draft.after = { yg: yd / eta, yNorm: Math.sqrt(yy) };
}

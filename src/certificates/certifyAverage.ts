import { type ShiftedSpectrum, shiftedSpectrum } from '../geometry/averageMetric.js';
import { distance } from '../linalg/distance.js';
import { dot } from '../linalg/dot.js';
import { gram } from '../linalg/gram.js';
import { meanInterval } from '../linalg/meanInterval.js';
import type { Moments } from '../linalg/moments.js';
import { norm } from '../linalg/norm.js';
import { scaled } from '../linalg/scaled.js';
import { gradientNoise, nearlyOrthogonal } from './alignment.js';
import { type AverageState, influenceSpread } from './average.js';
import type { Condition, DiscreteGradient, MetricSummary } from './certificate.js';
import { summarize } from './certify.js';
import { finite } from './condition.js';
import { stairError } from './effective.js';
import { lookConfidence, looksOf } from './looks.js';

/** A condition on a mean over all updates a rule may draw, known from a sample of them. */
export interface AverageCondition extends Condition {
  /**
   * `[low, high]` covers the true mean with the certificate's `confidence`, rounding included; `null`: nothing is known. The
   * condition holds where `low > 0` and fails where `high < 0`.
   */
  readonly interval: readonly [number, number] | null;
  /**
   * How the interval was made: `'student'`, of a plain mean; `'u-statistic'`, Student's for the product of two means, about its
   * unbiased estimate. Both reach as far as with Hall's correction for skewness and without.
   */
  readonly method: 'student' | 'u-statistic';
}

/**
 * In what sense is a stochastic rule natural gradient descent on average, at one θ [SSK24, eqs. (19)–(20)]? Three questions, of which
 * none implies another. Plain, readonly, versioned JSON.
 */
export interface AverageCertificate {
  readonly kind: 'average';
  readonly version: 1;
  /** Does the loss fall on average? Value: mean of `L(θ) − L(θ + ηg)` over the draws. */
  readonly effectiveOnAverage: AverageCondition;
  /** Is there a metric for the discrete gradients' mean? Value: `ȳ·ḡ`, the product of the draws' means. */
  readonly discreteMetric: AverageCondition;
  /** Is there a metric in which the mean update is the natural gradient at θ? Value: `y·ḡ`. */
  readonly averageNaturalGradient: AverageCondition;
  /** Shares of single draws that are aligned, `y·g > 0`, and that lower the loss; `null`: not known. To look at, not to rest on. */
  readonly alignedShare: number | null;
  readonly effectiveShare: number | null;
  /** The optimal metric of `(ȳ, ḡ)`, the means of the draws, where `discreteMetric` holds. */
  readonly metric: MetricSummary | null;
  /** `M + (η/2) S` for the draws' means, where the last two conditions hold. */
  readonly shifted: ShiftedSpectrum | null;
  /** `‖z‖`, `z = 2 (y − ȳ)/η`: what the curvature does to the mean; `null`: not known. */
  readonly curvatureNorm: number | null;
  readonly discreteGradient: DiscreteGradient | 'given';
  readonly draws: number;
  /** Of each interval by itself, not of the three together. */
  readonly confidence: number;
  /** The confidence the intervals were made with: above `confidence` where several looks share the error. */
  readonly lookConfidence: number;
  /** Looks planned: after so many draws it is asked whether all is decided. */
  readonly looks: readonly number[];
  /** Why there are no more draws; `null`: more are to come. */
  readonly stopped: 'decided' | 'all-draws' | 'obstacle' | null;
  readonly lossBefore: number | null;
  readonly learningRate: number;
}

/** A mean decrease this many free tolerances wide needs no noise of the loss. */
const clearlyAbove = 32;

/** What rounding may have done to the three values (THEORY, section 6): the errors of `y` and of `L(θ)` are those of all draws. */
function tolerances(state: AverageState, length: number): Record<'decrease' | 'discrete' | 'alignment', number> {
  const { point, rounding, draws, yNorm } = state;
  const { noise, lossBefore, learningRate } = point;
  const gradient = noise === null ? 2 ** -51 * yNorm : gradientNoise(noise, yNorm, lossBefore);
  const ofLoss = (tau: number, growth: number): number => {
    if (noise === null) return tau / draws;
    return noise.lossNoise === null ? (clearlyAbove * tau) / draws : (tau + 8 * noise.lossNoise * growth) / draws;
  };
  const { mean } = state.decrease;
  // One stair at θ is the same for all draws: no number of them averages it away.
  const stairs = noise
    ? stairError(mean, [lossBefore, lossBefore - mean], noise, { byGradient: state.expected / draws })
    : 0;
  return {
    decrease: ofLoss(rounding.tau, rounding.growth) + stairs,
    discrete:
      length * ((gradient * rounding.discreteNorm) / draws + ofLoss(rounding.tauPerLength, rounding.growthPerLength)) +
      stairs / learningRate,
    alignment: length * gradient,
  };
}

const unknown = (
  method: AverageCondition['method'],
  reason: string,
  value: number | null = null,
): AverageCondition => ({
  state: 'unresolved',
  value: value === null ? null : finite(value),
  bound: 0,
  tolerance: null,
  reason,
  interval: null,
  method,
});

const words = {
  decrease: { holds: 'on average the loss falls', fails: 'on average the loss rises' },
  discrete: {
    holds: 'ȳ·ḡ > 0: a metric exists in which the mean update is steepest for the mean discrete gradient',
    fails: 'ȳ·ḡ < 0: no metric maps the mean update to the mean discrete gradient',
  },
  alignment: {
    holds: 'y·ḡ > 0: a metric exists in which the mean update is the natural gradient',
    fails: 'y·ḡ < 0: on average the rule climbs, natural gradient descent in no metric',
  },
} as const;

function decided(
  question: keyof typeof words,
  value: number,
  statistical: readonly [number, number],
  tolerance: number,
  draws: number,
  doubt: string | null,
): AverageCondition {
  const method: AverageCondition['method'] = question === 'discrete' ? 'u-statistic' : 'student';
  const interval = [statistical[0] - tolerance, statistical[1] + tolerance] as const;
  if (!interval.every(Number.isFinite))
    return unknown(method, 'the rounding error has no bound, or a number leaves float64', value);
  const known = { value, bound: 0, tolerance, interval, method };
  const after = ` (${String(draws)} draws)`;
  if (doubt === null && interval[0] > 0) return { state: 'holds', ...known, reason: words[question].holds + after };
  if (doubt === null && interval[1] < 0) return { state: 'fails', ...known, reason: words[question].fails + after };
  const chance = statistical[0] <= 0 && statistical[1] >= 0;
  const reason = chance
    ? `the interval contains 0: ${String(draws)} draws don't tell`
    : (doubt ?? 'within the rounding error of the losses and gradients');
  return { state: 'unresolved', ...known, reason };
}

/** Draws are held against the means of those before: of fewer there are too few to tell a spread. */
const fewest = 8;
/** A value that comes as seldom as this is to be ruled out before draws that are all the same are taken for a rule without chance. */
const rare = 0.1;

/** Draws that are all the same show no chance, or too few of them were made. */
function alike(squares: number, draws: number, confidence: number): string | null {
  const enough = Math.ceil(Math.log(1 - confidence) / Math.log(1 - rare));
  return squares > 0 || draws >= enough
    ? null
    : `all ${String(draws)} draws gave the same: it takes ${String(enough)} to rule out that one in ten is another`;
}

const plain = ({ count, squares, cubes }: Moments): Parameters<typeof meanInterval>[1] => ({
  count,
  dof: count - 1,
  squares,
  cubes,
});

/**
 * Certifies the draws so far. O(D).
 *
 * Intervals: a plain mean's is Student's, or as far as Hall's correction for skewness takes it. `ȳ·ḡ` is the product of two means of the same draws and
 * biased by their covariance over `n`: its interval lies about the U-statistic `(n ȳ·ḡ − mean(y_d·g_d))/(n − 1)`, as wide as the spread
 * of its influence values says, and reaches to `ȳ·ḡ` itself. Assumed: independent draws, with a third moment.
 *
 * @param ended have the draws come to an end before the plan did?
 */
export function certifyAverage(
  state: AverageState,
  {
    ended = false,
    discreteGradient = 'given',
  }: { ended?: boolean; discreteGradient?: DiscreteGradient | 'given' } = {},
): AverageCertificate {
  const { point, draws, plan, sumG, sumY } = state;
  const last = ended || draws >= plan.draws || state.obstacle !== null;
  const confidence = lookConfidence(plan, last);
  const share = 1 / Math.max(1, draws);
  const [meanG, meanY] = [scaled(sumG, share), scaled(sumY, share)];
  const conditions = answers(state, meanG, meanY, confidence);
  const { effectiveOnAverage, discreteMetric, averageNaturalGradient } = conditions;
  const whole = draws > 0 && state.lossObstacle === null ? gram(meanY, meanG) : null;
  const metric = whole !== null && discreteMetric.state === 'holds' ? summarize(whole) : null;
  const both = discreteMetric.state === 'holds' && averageNaturalGradient.state === 'holds';
  const all = [effectiveOnAverage, discreteMetric, averageNaturalGradient];
  return {
    kind: 'average',
    version: 1,
    ...conditions,
    alignedShare: draws > 0 ? state.aligned / draws : null,
    effectiveShare: whole === null ? null : state.effective / draws,
    metric,
    shifted: whole !== null && both ? shiftedSpectrum(meanY, meanG, point.y, whole) : null,
    curvatureNorm: whole === null ? null : finite((2 * distance(point.y, meanY)) / point.learningRate),
    discreteGradient,
    draws,
    confidence: plan.confidence,
    lookConfidence: confidence,
    looks: looksOf(plan),
    stopped: stopped(state, all, last),
    lossBefore: finite(point.lossBefore),
    learningRate: point.learningRate,
  };
}

function stopped(
  { obstacle, lossObstacle, plan }: AverageState,
  conditions: readonly AverageCondition[],
  last: boolean,
): AverageCertificate['stopped'] {
  if (obstacle !== null) return 'obstacle';
  const open = conditions.filter(({ state }) => state === 'unresolved').length;
  if (plan.stop === 'when-decided' && open === 0) return 'decided';
  // Two of the three questions are about the losses after the draws.
  if (plan.stop === 'when-decided' && lossObstacle !== null && open === 2) return 'obstacle';
  return last ? 'all-draws' : null;
}

function answers(
  state: AverageState,
  meanG: Float64Array,
  meanY: Float64Array,
  confidence: number,
): Pick<AverageCertificate, 'effectiveOnAverage' | 'discreteMetric' | 'averageNaturalGradient'> {
  const { point, draws, decrease, alignment, own, obstacle, lossObstacle, yNorm } = state;
  const length = norm(meanG);
  const none = obstacle ?? (draws === 0 ? 'there were no draws' : null);
  const few = draws < 2 ? 'one draw has no spread: at least two are needed' : null;
  const allowed = tolerances(state, length);
  const unmeasured = (value: number, one: number): string | null =>
    point.noise !== null && point.noise.gradientJitter === null && Math.abs(value) < nearlyOrthogonal * one * length
      ? 'nearly orthogonal (|cos ψ| < 1e-3), and the noise of the gradient was not measured'
      : null;

  // An error of L(θ) is the same for all draws, and no free bound sees a constant that cancels: the gradients do.
  const expected = state.expected / Math.max(1, draws);
  const disagrees =
    point.noise?.lossNoise === null && Math.abs(decrease.mean) <= 2 * Math.abs(decrease.mean - expected)
      ? 'the losses are not what the gradients of the draws say, and the noise of the loss was not measured'
      : null;

  const averageNaturalGradient = (): AverageCondition => {
    const why = none ?? few;
    if (why !== null) return unknown('student', why, draws > 0 ? alignment.mean : null);
    const interval = meanInterval(alignment.mean, plain(alignment), confidence) ?? [alignment.mean, alignment.mean];
    const doubt = alike(alignment.squares, draws, confidence) ?? unmeasured(alignment.mean, yNorm);
    return decided('alignment', alignment.mean, interval, allowed.alignment, draws, doubt);
  };
  const effectiveOnAverage = (): AverageCondition => {
    const why = none ?? lossObstacle ?? few;
    const value = draws > 0 && lossObstacle === null ? decrease.mean : null;
    if (why !== null) return unknown('student', why, value);
    const interval = meanInterval(decrease.mean, plain(decrease), confidence) ?? [decrease.mean, decrease.mean];
    const doubt = alike(decrease.squares, draws, confidence) ?? disagrees;
    return decided('decrease', decrease.mean, interval, allowed.decrease, draws, doubt);
  };
  const discreteMetric = (): AverageCondition => {
    const why = none ?? lossObstacle ?? few;
    const value = dot(meanY, meanG);
    if (why !== null) return unknown('u-statistic', why, draws > 0 && lossObstacle === null ? value : null);
    const unbiased = (draws * value - own / draws) / (draws - 1);
    const spread = influenceSpread(state);
    const interval = meanInterval(unbiased, { count: draws, ...spread }, confidence);
    if (interval === null || draws < fewest)
      return unknown('u-statistic', `the spread of ȳ·ḡ needs at least ${String(fewest)} draws`, value);
    const reaching = [Math.min(interval[0], value), Math.max(interval[1], value)] as const;
    const doubt = alike(spread.squares, draws, confidence) ?? disagrees ?? unmeasured(value, norm(meanY));
    return decided('discrete', value, reaching, allowed.discrete, draws, doubt);
  };
  return {
    effectiveOnAverage: effectiveOnAverage(),
    discreteMetric: discreteMetric(),
    averageNaturalGradient: averageNaturalGradient(),
  };
}

import type { Gram } from '../src/linalg/gram.js';
import type { VariableRecord } from '../src/certificates/stepRecord.js';
import type { Displacement } from './displacement.js';
import type { DisplacementGram } from './gramKernel.js';
import type { Track } from './track.js';

/** `∇L(θ)`, θ and θ' of one variable, wherever they lie. */
export type StepArrays = Displacement;

export interface StepGrams {
  readonly gram: Gram | null;
  readonly variables: readonly VariableRecord[];
  /** Upper estimate of `‖rounding of θ'‖/η`. */
  readonly roundingNorm: number;
  /** A bound on what `y·g` is off by; 0: it was summed in float64. */
  readonly dotError: number;
  /** Why there is no Gram: NaN or Infinity, or sums of something else than the loss; `null`: there is one. */
  readonly trouble: string | null;
  /** `‖θ'‖`. */
  readonly thetaNorm: number;
}

/** Machine epsilon of float32, 2⁻²³. */
const epsilon = 2 ** -23;
/** ‖θ‖ changes slowly and only sets the floor under ψ: it is measured anew every so many steps. */
export const normEvery = 32;

/** What was measured of one variable, in units of θ: everything that its Gram needs. */
export interface VariableSums extends Required<Omit<DisplacementGram, 'conflict'>> {
  readonly name: string;
  readonly dimension: number;
  /** `‖θ'‖²`. */
  readonly theta: number;
  /** Entries that no diagonal metric explains; asked for only where the variable's own metric is not a scalar. */
  readonly conflicts: () => number;
}

/** A `y·g` that may be off by that part of itself is measured again in full. */
const doubtful = 2 ** -5;

/**
 * The Grams of all variables with `g = Δθ/η`, and of the whole. One pass over each variable, one variable at a time; a second
 * look only for a diagonal metric that is not a scalar. O(D); memory: that of one `displacement`.
 */
export function stepGrams(
  names: readonly string[],
  arrays: (variable: number) => StepArrays,
  eta: number,
  track: Track,
): StepGrams {
  let multiples = false;
  const sums = (i: number, inFull: boolean): VariableSums => {
    const way = arrays(i);
    const anew = track.steps % normEvery === 0;
    const multiple = inFull || anew ? null : asMultiple(way, i, track);
    multiples ||= multiple !== null;
    const { yy, dd, yd, rejected, dotError = 0, conflict = false } = multiple ?? inFullOf(way, i, track, anew);
    return {
      name: names[i] as string,
      dimension: way.size,
      yy,
      dd,
      yd,
      rejected,
      dotError,
      theta: track.thetaSquared[i] as number,
      conflicts: () => (conflict || way.hasConflict() ? 1 : 0),
    };
  };
  const grams = gathered(names.length, (i) => sums(i, false), eta, track);
  const certain = !multiples || (grams.gram !== null && grams.dotError < doubtful * Math.abs(grams.gram.yg));
  return certain ? grams : gathered(names.length, (i) => sums(i, true), eta, track);
}

/** The sums of a variable that has gone on by a multiple of its gradient, from where it was led by one; `null`: it has not. */
function asMultiple(way: StepArrays, i: number, { multiples }: Track): DisplacementGram | null {
  const earlier = multiples[i];
  if (!earlier || !way.multiple || earlier.end !== way.start) return null;
  const gram = way.multiple(earlier);
  multiples[i] = gram && { ...earlier, thetaNorm: earlier.thetaNorm + Math.sqrt(gram.dd), end: way.end };
  return gram;
}

function inFullOf(way: StepArrays, i: number, track: Track, anew: boolean): DisplacementGram {
  // Where rounding was too much of an update it probably still is.
  const followed = way.multiple !== undefined && (anew || track.multiples[i] !== null);
  if (anew || followed || track.thetaSquared[i] === undefined) track.thetaSquared[i] = way.squaredNorm();
  const gram = way.gram(track.rho[i] ?? 0);
  if (followed)
    track.multiples[i] = {
      thetaNorm: Math.sqrt(track.thetaSquared[i]),
      across: gram.yy > 0 ? (gram.rejected / gram.yy) * gram.dd : 0,
      end: way.end,
    };
  return gram;
}

/** The Grams, from the sums of each variable, which are asked for one at a time. Remembers where each ρ was. */
export function gathered(
  count: number,
  sumsOf: (variable: number) => VariableSums,
  eta: number,
  track: Pick<Track, 'rho'>,
): StepGrams {
  const variables: VariableRecord[] = [];
  const parts: VariableSums[] = [];
  const total = { yy: 0, dd: 0, yd: 0, dotError: 0, dimension: 0, theta: 0 };
  for (let i = 0; i < count; i++) {
    const sum = sumsOf(i);
    const finite = isFiniteSum(sum);
    track.rho[i] = finite && Math.abs(sum.yd) > sum.dotError ? sum.yd / sum.dd : 0;
    const floor = (epsilon * epsilon * sum.theta) / 12;
    const scalar = sum.yd > 0 && sum.rejected * sum.dd <= floor * sum.yy;
    variables.push({
      name: sum.name,
      dimension: sum.dimension,
      yy: sum.yy,
      gg: sum.dd / (eta * eta),
      yg: sum.yd / eta,
      rejected: sum.rejected,
      conflicts: finite && !scalar ? sum.conflicts() : 0,
    });
    parts.push(sum);
    total.yy += sum.yy;
    total.dd += sum.dd;
    total.yd += sum.yd;
    total.dotError += sum.dotError;
    total.theta += sum.theta;
    total.dimension += sum.dimension;
  }
  const broken = parts.find((sum) => !isFiniteSum(sum));
  if (broken) {
    const what = Number.isFinite(broken.yy) ? 'update' : 'gradient';
    return {
      gram: null,
      variables: [],
      roundingNorm: 0,
      dotError: 0,
      thetaNorm: Math.sqrt(total.theta),
      trouble: `non-finite: the ${what} of "${broken.name}" holds NaN or Infinity`,
    };
  }
  const gram: Gram = {
    yy: total.yy,
    gg: total.dd / (eta * eta),
    yg: total.yd / eta,
    rejected: total.dd > 0 ? rejectedWhole(parts, total.yd / total.dd) : null,
    dimension: total.dimension,
  };
  return {
    gram,
    variables,
    roundingNorm: (epsilon * Math.sqrt(total.theta / 12)) / eta,
    dotError: total.dotError / eta,
    thetaNorm: Math.sqrt(total.theta),
    trouble: null,
  };
}

const isFiniteSum = ({ yy, dd }: VariableSums): boolean => Number.isFinite(yy) && Number.isFinite(dd);

/**
 * `‖y − ρΔ‖²` of the whole from those of its parts: each part's own rejected component, and the way from its own `ρ_l` to the
 * common one, two orthogonal pieces. Nothing cancels.
 */
function rejectedWhole(parts: readonly { dd: number; yd: number; rejected: number }[], rho: number): number {
  return parts.reduce((sum, part) => {
    const away = part.dd > 0 ? part.yd / part.dd - rho : 0;
    return sum + part.rejected + away * away * part.dd;
  }, 0);
}

/** `Σ|yᵢθᵢ|` over all variables. */
export function sumAbsoluteYTheta(count: number, arrays: (variable: number) => StepArrays): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += arrays(i).absoluteDot();
  return sum;
}

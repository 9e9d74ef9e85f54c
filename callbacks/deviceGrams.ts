import * as tf from '@tensorflow/tfjs';
import type { OnDevice } from './arithmetic.js';
import { paddingTrouble } from './paddingTrouble.js';
import { addedUp, type Four, type StepTensors, sumsOfAll } from './partialSums/sumsOfAll.js';
import { run, type SumSettings } from './partialSums/terms.js';
import { gathered, normEvery, type StepGrams, type VariableSums } from './stepGrams.js';
import type { Track } from './track.js';

export interface DeviceStep extends StepTensors {
  readonly names: readonly string[];
}

export interface DeviceGrams extends StepGrams {
  /** `Σ|yᵢθᵢ|`; `null`: not measured. */
  readonly absYTheta: number | null;
  /** Was ρ too far off for float32, at a first step or where η has changed? Measured again, from where ρ is now, they are not. */
  readonly blurred: boolean;
}

type DeviceTrack = Pick<Track, 'rho' | 'deviceScale' | 'thetaSquared' | 'steps'>;

const unitRoundoff = 2 ** -24;
/** Roundings that a summand meets, in the worst order of summation, with those of Δ, of `y − ρΔ` and of the product. */
const roundings = 2 * run + 16;
/** A device may take smaller numbers for zero. */
const smallestNormal = 2 ** -126;
/** `‖y‖²` is made of numbers at most so many times as large. */
const cancelling = 64;
/** What is across Δ is at least such a part of what ρ leaves of `y`, or that is such a part of `y`. */
const unseen = 2 ** -10;

/**
 * The Grams of a step whose tensors stay on the device: one program a variable, four numbers for every 256 entries (1024 of a large one) to
 * be read back, to be added up in float64. Memory: next to none, but copies of what is still on the host.
 *
 * @param absolute measures `Σ|yᵢθᵢ|` too: a second pass, in which `‖θ'‖` is measured anew as well, as it is now and then.
 */
export function deviceGrams(
  step: DeviceStep,
  eta: number,
  track: DeviceTrack,
  absolute: boolean,
): OnDevice<DeviceGrams> {
  const sizes = step.before.map((tensor) => tensor.size);
  const rhos = sizes.map((_, i) => Math.fround(track.rho[i] ?? 1 / eta));
  const { y: scaleY, d: scaleD } = track.deviceScale;
  const withNorms =
    absolute || track.steps % normEvery === 0 || sizes.some((_, i) => track.thetaSquared[i] === undefined);
  const of = (terms: SumSettings['terms']) =>
    sumsOfAll(step, (i) => ({ terms, rho: rhos[i] as number, scaleY, scaleD }));
  const sums = of('step');
  const norms = withNorms ? of('norms') : null;
  const { parts } = sums;
  const split = sums.numbers.size;
  const numbers = norms === null ? sums.numbers : tf.tidy(() => tf.keep(tf.concat1d([sums.numbers, norms.numbers])));
  if (norms !== null) tf.dispose([sums.numbers, norms.numbers]);
  return {
    numbers,
    read: (values) => {
      const found = addedUp(parts, values);
      const more = norms === null ? null : addedUp(parts, values.subarray(split));
      let [blurred, left] = [false, 0];
      more?.forEach(([theta], i) => {
        track.thetaSquared[i] = theta;
      });
      const grams = gathered(
        sizes.length,
        (i) => {
          const [uuScaled, ddScaled, udScaled, conflicts] = found[i] as Four;
          const rho = rhos[i] as number;
          const uu = uuScaled / (scaleY * scaleY);
          const dd = ddScaled / (scaleD * scaleD);
          const ed = -udScaled / (scaleY * scaleD);
          const size = sizes[i] as number;
          const dotError =
            roundings * unitRoundoff * (Math.sqrt(uu * dd) + Math.abs(rho) * dd) +
            (size * smallestNormal) / (scaleY * scaleD) +
            (Math.abs(rho) * size * smallestNormal) / (scaleD * scaleD);
          // The conflicts tell a gradient that is not finite from an update that is not.
          const updateOnly = !Number.isFinite(dd) && Number.isFinite(conflicts);
          const yy = updateOnly ? 0 : Math.max(0, uu + rho * (2 * ed + rho * dd));
          blurred ||= rho * rho * dd > cancelling * yy;
          left += uu;
          return {
            name: step.names[i] as string,
            dimension: size,
            yy,
            dd,
            yd: ed + rho * dd,
            rejected: dd > 0 ? Math.max(0, uu - (ed / dd) * ed) : uu,
            dotError,
            theta: track.thetaSquared[i] as number,
            conflicts: () => (conflicts >= 1 ? 1 : 0),
          } satisfies VariableSums;
        },
        eta,
        track,
      );
      const { gram } = grams;
      blurred = gram !== null && (blurred || ((gram.rejected ?? 0) < unseen * left && left > unseen * gram.yy));
      if (!blurred) track.deviceScale = gram === null ? { y: 1, d: 1 } : scaleOf(gram, eta);
      const without = { ...grams, gram: null, variables: [], absYTheta: null, blurred: false };
      const tooLarge = found.findIndex(
        ([uu, dd, , conflicts]) => uu === Number.POSITIVE_INFINITY && Number.isFinite(dd) && Number.isFinite(conflicts),
      );
      if (gram === null && tooLarge >= 0) {
        track.deviceScale = { y: 2 ** -farthest, d: 1 };
        return {
          ...without,
          trouble: `the gradient of "${step.names[tooLarge]}" is too large for the device to square it`,
        };
      }
      const padded = paddingTrouble(step.names, found);
      if (grams.trouble === null && padded !== null) return { ...without, trouble: padded };
      return { ...grams, absYTheta: absolute && more ? absoluteOf(more, scaleY) : null, blurred };
    },
  };
}

/** `Σ|yᵢθᵢ|` over all variables, where it was not measured with the Grams. */
export function deviceAbsoluteDot(step: StepTensors): OnDevice<number> {
  const { numbers, parts } = sumsOfAll(step, () => ({ terms: 'norms', rho: 0, scaleY: 1, scaleD: 1 }));
  return { numbers, read: (values) => absoluteOf(addedUp(parts, values), 1) };
}

const absoluteOf = (norms: readonly Four[], scaleY: number): number =>
  (norms.reduce((sum, [, absolute]) => sum + absolute, 0) / scaleY) * (1 + roundings * unitRoundoff);

/** Exponents of root mean squares that need no scaling, and the largest that is undone: the next step may be of another size. */
const near = 20;
const farthest = 50;

/** Powers of two that bring the root mean squares near 1, where they are far from it. */
function scaleOf(gram: { yy: number; gg: number; dimension: number }, eta: number): Track['deviceScale'] {
  const towardsOne = (rms: number): number => {
    const exponent = rms === 0 ? -farthest : Math.max(-farthest, Math.min(farthest, Math.round(Math.log2(rms))));
    return Math.abs(exponent) > near ? 2 ** -exponent : 1;
  };
  const each = Math.sqrt(1 / gram.dimension);
  return { y: towardsOne(Math.sqrt(gram.yy) * each), d: towardsOne(eta * Math.sqrt(gram.gg) * each) };
}

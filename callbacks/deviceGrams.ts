import * as tf from '@tensorflow/tfjs';
import type { Gradients, OnDevice } from './arithmetic.js';
import { gathered, type StepGrams, type VariableSums } from './stepGrams.js';
import type { Track } from './track.js';

/** The tensors of a step on a device: `∇L(θ)` (`undefined`: none reached the variable), θ and θ', variable by variable. */
export interface DeviceStep {
  readonly names: readonly string[];
  readonly gradients: Gradients;
  readonly before: readonly tf.Tensor[];
  readonly after: readonly tf.Tensor[];
}

export interface DeviceGrams extends StepGrams {
  /** `Σ|yᵢθᵢ|`. */
  readonly absYTheta: number;
}

/** Entries that are added up in float32; beyond that in float64, by the host. In two levels, so that no sum is long. */
const level = 32;
const row = level * level;
/** Variables are packed together up to so many entries: few operations for small ones, little memory for large ones. */
const packed = 2 ** 18;
/** Sums a row gives. */
const sums = ['uu', 'dd', 'ud', 'theta', 'absYTheta', 'conflicts'] as const;
type Sums = Record<(typeof sums)[number], number>;
/** Of a variable without entries. */
const nothing: Sums = { uu: 0, dd: 0, ud: 0, theta: 0, absYTheta: 0, conflicts: 0 };

const unitRoundoff = 2 ** -24;
/** Roundings that a summand meets, in the worst order of summation, with those of Δ, of `y − ρΔ` and of the product. */
const roundings = 2 * level + 16;
/** A device may take smaller numbers for zero. */
const smallestNormal = 2 ** -126;

interface Slice {
  readonly variable: number;
  readonly rows: number;
}

/**
 * The Grams of a step whose tensors stay on the device: some thirty operations for many small variables or one large one, six
 * numbers for every 1024 entries to be read back, to be added up in float64. Memory: some copies of the largest variable.
 */
export function deviceGrams(
  step: DeviceStep,
  eta: number,
  track: Pick<Track, 'rho' | 'deviceScale'>,
): OnDevice<DeviceGrams> {
  const sizes = step.before.map((tensor) => tensor.size);
  const rhos = sizes.map((_, i) => Math.fround(track.rho[i] ?? 1 / eta));
  const { y: scaleY, d: scaleD } = track.deviceScale;
  const groups = grouped(sizes);
  const numbers = tf.tidy(() =>
    tf.keep(tf.concat1d(groups.map((group) => groupSums(step, group, rhos, scaleY, scaleD)))),
  );
  return {
    numbers,
    read: (values) => {
      const found = addedUp(groups, values);
      let absYTheta = 0;
      const grams = gathered(
        sizes.length,
        (i) => {
          const each = found[i] ?? nothing;
          const rho = rhos[i] as number;
          const uu = each.uu / (scaleY * scaleY);
          const dd = each.dd / (scaleD * scaleD);
          const ed = -each.ud / (scaleY * scaleD);
          const size = sizes[i] as number;
          const dotError =
            roundings * unitRoundoff * (Math.sqrt(uu * dd) + Math.abs(rho) * dd) +
            (size * smallestNormal) / (scaleY * scaleD) +
            (Math.abs(rho) * size * smallestNormal) / (scaleD * scaleD);
          absYTheta += each.absYTheta / scaleY;
          // Σ|yᵢθᵢ| tells a gradient that is not finite from an update that is not.
          const updateOnly = !Number.isFinite(dd) && Number.isFinite(each.absYTheta);
          return {
            name: step.names[i] as string,
            dimension: size,
            yy: updateOnly ? 0 : Math.max(0, uu + rho * (2 * ed + rho * dd)),
            dd,
            yd: ed + rho * dd,
            rejected: dd > 0 ? Math.max(0, uu - (ed / dd) * ed) : uu,
            dotError,
            theta: each.theta,
            conflicts: () => (each.conflicts > 0 ? 1 : 0),
          } satisfies VariableSums;
        },
        eta,
        track,
      );
      track.deviceScale = grams.gram === null ? { y: 1, d: 1 } : scaleOf(grams.gram, eta);
      return { ...grams, absYTheta: absYTheta * (1 + roundings * unitRoundoff) };
    },
  };
}

/** Which variables are packed together. */
function grouped(sizes: readonly number[]): readonly Slice[][] {
  const groups: Slice[][] = [];
  let filled = Number.POSITIVE_INFINITY;
  sizes.forEach((size, variable) => {
    if (size === 0) return;
    if (filled + size > packed) {
      groups.push([]);
      filled = 0;
    }
    filled += size;
    groups.at(-1)?.push({ variable, rows: Math.ceil(size / row) });
  });
  return groups;
}

function groupSums(
  { gradients, before, after }: DeviceStep,
  group: readonly Slice[],
  rhos: readonly number[],
  scaleY: number,
  scaleD: number,
): tf.Tensor1D {
  const rows = group.reduce((sum, slice) => sum + slice.rows, 0);
  return tf.tidy(() => {
    const pack = (of: (variable: number) => tf.Tensor): tf.Tensor =>
      tf.reshape(tf.concat1d(group.map((slice) => padded(of(slice.variable), slice.rows * row))), [rows, level, level]);
    const gradient = pack((i) => gradients[i] ?? tf.zerosLike(before[i] as tf.Tensor));
    const start = pack((i) => before[i] as tf.Tensor);
    const end = pack((i) => after[i] as tf.Tensor);
    const rho = tf.tensor3d(
      group.flatMap((slice) => new Array<number>(slice.rows).fill(rhos[slice.variable] as number)),
      [rows, 1, 1],
    );
    const delta = tf.sub(end, start);
    // −(y − ρΔ): the part of `y` across `Δ`, which would cancel if it were taken from the sums.
    const u = scaled(tf.add(gradient, tf.mul(delta, rho)), scaleY);
    const d = scaled(delta, scaleD);
    const inRows = (terms: tf.Tensor): tf.Tensor => tf.sum(terms, 2);
    const all: Record<(typeof sums)[number], tf.Tensor> = {
      uu: inRows(tf.mul(u, u)),
      dd: inRows(tf.mul(d, d)),
      ud: inRows(tf.mul(u, d)),
      theta: inRows(tf.mul(end, end)),
      absYTheta: inRows(tf.abs(tf.mul(scaled(gradient, scaleY), start))),
      // Opposite signs cancel, as do two zeros: anything else is a conflict.
      conflicts: inRows(tf.abs(tf.add(tf.sign(gradient), tf.sign(delta)))),
    };
    return tf.sum<tf.Tensor1D>(tf.concat(sums.map((name) => all[name])), 1);
  });
}

const scaled = (tensor: tf.Tensor, factor: number): tf.Tensor => (factor === 1 ? tensor : tf.mul(tensor, factor));

function padded(tensor: tf.Tensor, length: number): tf.Tensor1D {
  const flat = tf.reshape<tf.Rank.R1>(tensor, [tensor.size]);
  return tensor.size === length ? flat : tf.pad1d(flat, [0, length - tensor.size]);
}

function addedUp(groups: readonly (readonly Slice[])[], values: Float64Array): readonly Sums[] {
  const found: Sums[] = [];
  let offset = 0;
  for (const group of groups) {
    const rows = group.reduce((sum, slice) => sum + slice.rows, 0);
    let first = offset;
    for (const slice of group) {
      const total = (which: number): number =>
        values.subarray(first + which * rows, first + which * rows + slice.rows).reduce((sum, value) => sum + value, 0);
      found[slice.variable] = Object.fromEntries(sums.map((name, which) => [name, total(which)])) as Sums;
      first += slice.rows;
    }
    offset += sums.length * rows;
  }
  return found;
}

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

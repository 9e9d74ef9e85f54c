import * as tf from '@tensorflow/tfjs';
import { absoluteDot, type DisplacementGram, displacementGram, hasConflict, squaredNorm } from './gramKernel.js';
import { hostArray } from './hostArray.js';
import { type NativeOps, nativeOps } from './nativeOps.js';

/** One variable's way from θ to θ' against `∇L(θ)`, measured where its numbers lie. Nothing is kept between two questions. */
export interface Displacement {
  /** Number of entries. */
  readonly size: number;
  /** The data of θ and of θ'. */
  readonly start: object;
  readonly end: object;
  /** `rho` as in `displacementGram`. */
  gram(rho: number): DisplacementGram;
  /** The same of a multiple of the gradient, by one norm; `null`: it has to be measured. */
  multiple?(earlier: EarlierMultiple): DisplacementGram | null;
  /** Does a diagonal metric fail here, as in `hasConflict`? */
  hasConflict(): boolean;
  /** `‖θ'‖²`. */
  squaredNorm(): number;
  /** `Σ|yᵢθᵢ|`. */
  absoluteDot(): number;
}

/** What is known from an earlier step of a variable that is moved by multiples of its gradient only. */
export interface EarlierMultiple {
  /** No less than `‖θ'‖`. */
  readonly thetaNorm: number;
  /** `‖Δ‖² sin²ψ`: what rounding to float32 has put across the gradient. */
  readonly across: number;
  /** The data of θ'. */
  readonly end: object;
}

/** Below so many entries TensorFlow's operations cost more than reading the numbers and going through them. */
const worthNative = 2 ** 14;

/** From so many entries on, one norm costs less than reading them three times. */
const worthANorm = 2 ** 12;

const nativeFor = ({ size }: tf.Tensor, worth = worthNative): NativeOps | null => (size >= worth ? nativeOps() : null);

/** Does it save anything here to know that a variable of this size is moved by a multiple of its gradient? */
export const isWorthANorm = (tensor: tf.Tensor): boolean => nativeFor(tensor, worthANorm) !== null;

/**
 * @param gradient `undefined`: none reached the variable, it counts as zero.
 * @param factor `Δ` was seen to be that times the gradient, but for roundings.
 */
export function displacement(
  gradient: tf.Tensor | undefined,
  before: tf.Tensor,
  after: tf.Tensor,
  factor?: number,
): Displacement {
  const read = onHost(gradient, before, after);
  const ops = nativeFor(before, worthANorm);
  if (!gradient || !ops) return read;
  const measured = before.size < worthNative ? read : onDevice(ops, gradient, before, after, read);
  return factor === undefined
    ? measured
    : { multiple: (earlier) => multipleGram(ops, gradient, factor, earlier), ...measured };
}

function onHost(gradient: tf.Tensor | undefined, before: tf.Tensor, after: tf.Tensor): Displacement {
  const y = (): Float32Array => (gradient ? hostArray(gradient) : new Float32Array(before.size));
  return {
    size: before.size,
    start: before.dataId,
    end: after.dataId,
    gram: (rho) => displacementGram(y(), hostArray(before), hostArray(after), rho),
    hasConflict: () => hasConflict(y(), hostArray(before), hostArray(after)),
    squaredNorm: () => squaredNorm(hostArray(after)),
    absoluteDot: () => absoluteDot(y(), hostArray(before)),
  };
}

/** A mean square outside of these may have lost entries whose squares leave the range of float32. */
const squares = { least: 1e-28, most: 1e28 };
/** A `|cos ψ|` or a `sin² ψ` below these is measured on the host: float32 sums would blur it. Back: of a step up the gradient. */
const resolved = { cosine: 1e-4, squaredSine: 1e-11, squaredSineBack: 1e-3 };
/** From such a `sin² ψ` on, what is across Δ is what is left of `‖y‖²`: good to 1e-4 of itself. */
const oblique = 2 ** -3;
/** What `y·Δ` may be off by, in units of `‖y‖‖Δ‖`: half of it was seen where all entries are the same. */
const inexact = 2 ** -17;
/** What float32 rounds an entry of a sum or a product by, in units of itself. */
const rounding = 2 ** -24;
/** The part of `‖Δ‖` that rounding may make up where the rest of it is taken for the update. */
const mostlyUpdate = 2 ** -6;
/** Entries looked at on the host before all are gone through: a conflict is usually found at once. */
const lookedAt = 2048;

const ordinary = (square: number, size: number): boolean =>
  square > squares.least * size && square < squares.most * size;

/**
 * Of `Δ = c ∇L + r`, where `r` is the rounding of the product and of the sum: `‖r‖ ≤ 2⁻²⁴(‖c ∇L‖ + ‖θ'‖)`, and what it may turn `y·Δ` by is said
 * in `dotError`. `‖Δ‖` is good to a few parts in 1e6 where `r` is a thousandth of it; the rejected component is that of the step that
 * `earlier` is of: it is nothing but rounding.
 */
function multipleGram(
  ops: NativeOps,
  gradient: tf.Tensor,
  factor: number,
  { thetaNorm, across }: EarlierMultiple,
): DisplacementGram | null {
  const yy = ops.squaredNorm(gradient);
  const square = factor * factor * yy;
  if (!ordinary(yy, gradient.size) || !ordinary(square, gradient.size)) return null;
  const rounded = rounding * (Math.sqrt(square) + thetaNorm);
  if (!(rounded < mostlyUpdate * Math.sqrt(square))) return null;
  const dd = square + across;
  return {
    yy,
    dd,
    yd: -factor * yy,
    rejected: (yy * across) / dd,
    dotError: Math.sqrt(yy) * (rounded + inexact * Math.sqrt(dd)),
  };
}

/**
 * By TensorFlow's operations, nothing read but sums: two norms and the sum of the products, each good to about 1e-7 of itself (of `‖y‖‖Δ‖`) where
 * entries differ, to 4e-6 where all are the same, which `dotError` says. Where Δ is near the line of `y`, what is across is the norm of
 * `e = y − ρΔ` with `ρ = ‖y‖/‖Δ‖`, so that `sin ψ` is good to about 3e-7 there (2e-6). Where that is not enough the host has a look. Memory: twice
 * the variable at a time.
 */
function onDevice(
  ops: NativeOps,
  gradient: tf.Tensor,
  before: tf.Tensor,
  after: tf.Tensor,
  read: Displacement,
): Displacement {
  const { size } = before;

  function gram(): DisplacementGram | null {
    const way = ops.subtract(after, before);
    try {
      const yy = ops.squaredNorm(gradient);
      const dd = ops.squaredNorm(way);
      if (!ordinary(yy, size) || !ordinary(dd, size)) return null;
      const products = ops.multiply(gradient, way);
      const yd = -ops.sum(products);
      const conflict = middle(products).some((product) => product > 0);
      products.dispose();
      const left = yy - (yd * yd) / dd;
      const rejected = left > oblique * yy ? left : across(way, { yy, dd, yd });
      const clear = yd * yd > resolved.cosine ** 2 * yy * dd && rejected > 0;
      const dotError = inexact * Math.sqrt(yy * dd);
      return clear ? { yy, dd, yd, rejected, dotError, ...(conflict && { conflict }) } : null;
    } finally {
      way.dispose();
    }
  }

  /** What is across Δ where that is little; NaN: too little. */
  function across(way: tf.Tensor, { yy, dd, yd }: Pick<DisplacementGram, 'yy' | 'dd' | 'yd'>): number {
    const rho = Math.fround(Math.sqrt(yy / dd));
    const scaled = ops.scale(way, rho);
    // −e: the gradient is −y.
    const error = ops.add(gradient, scaled);
    scaled.dispose();
    const ed = yd - rho * dd;
    const rejected = ops.squaredNorm(error) - (ed * ed) / dd;
    error.dispose();
    return rejected > (yd > 0 ? resolved.squaredSine : resolved.squaredSineBack) * yy ? rejected : Number.NaN;
  }

  /** A block of entries from the middle. Not in a `tf.tidy`, which would look for tensors in every one of them. */
  function middle(values: tf.Tensor): Float32Array {
    const extent: number[] = [];
    for (let axis = values.rank - 1, left = lookedAt; axis >= 0; axis--) {
      extent[axis] = Math.min(values.shape[axis] as number, Math.max(1, left));
      left = Math.floor(left / (extent[axis] as number));
    }
    const begin = values.shape.map((length, axis) => (length - (extent[axis] as number)) >> 1);
    const block = tf.slice(values, begin, extent);
    const numbers = hostArray(block);
    block.dispose();
    return numbers;
  }

  /** Signs that are opposite, or both zero, add up to nothing. */
  function conflict(): boolean {
    const way = ops.subtract(after, before);
    const signs = [ops.sign(gradient), ops.sign(way)] as const;
    way.dispose();
    const sum = ops.add(...signs);
    const left = ops.squaredNorm(sum);
    for (const each of [...signs, sum]) each.dispose();
    return left > 0;
  }

  return {
    ...read,
    gram: (rho) => gram() ?? read.gram(rho),
    hasConflict: conflict,
    squaredNorm: () => {
      const square = ops.squaredNorm(after);
      return ordinary(square, size) ? square : read.squaredNorm();
    },
    absoluteDot: () => {
      const products = ops.multiply(gradient, before);
      const sum = ops.absoluteSum(products);
      products.dispose();
      return sum;
    },
  };
}

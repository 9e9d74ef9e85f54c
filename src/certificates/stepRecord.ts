import type { GeometryRecord } from '../geometry/geometryOverTime.js';
import type { Gram } from '../linalg/gram.js';
import type { DiscreteGradient } from './certificate.js';

/** What was measured of one variable in one step. Its name and size, and its inner products with `g = Δθ/η`. */
export interface VariableRecord extends Gram {
  readonly name: string;
  /** Entries with `yᵢ gᵢ ≤ 0` although `yᵢ` or `gᵢ` is not zero: 0 says that a diagonal metric explains this variable. */
  readonly conflicts: number;
}

/** The numerical noise of a step that was computed in float32 (THEORY, section 6). */
export interface NoiseRecord {
  /** Largest `‖y‖` of the run up to and with this step. */
  readonly yNormMax: number;
  /**
   * `J`, the noise of the gradient: the largest change of `y` over four jitters of θ, every kernel rounding otherwise, scaled to this step; of an
   * earlier step, or seen once only, sixteen times that; `null`: not measured yet.
   */
  readonly gradientJitter: number | null;
  /** Does the loss take a logarithm? `null`: not known, which counts as yes. */
  readonly logarithmic: boolean | null;
  /**
   * The smallest difference at θ or θ' that the loss takes the logarithm of, `1 − p` of `binaryCrossentropy` say, or a sixteenth of one that
   * it divides by; at most 1; 0: not known. Left out: it does neither.
   */
  readonly staircase?: number;
  /** Is one of them within three places of 0 that may count, so that what is clipped at 1e-7 has a gradient or none by chance? Left out: no. */
  readonly clipped?: true;
  /** `Σ|yᵢθᵢ|`; `null` where the loss after the step was not measured. */
  readonly absYTheta: number | null;
  /** `σ`, the noise of the loss (ECNoise, or what random rounding shows if that is more), scaled to this step; `null`: not measured. */
  readonly lossNoise: number | null;
  /** Norm of the rounding of θ' over `η`: `‖ulp(θ')‖/(√12 η)`, the floor that float32 puts under ψ when divided by `‖g‖`. */
  readonly roundingNorm: number;
  /** What `y·g` may be off by where it was added up in float32, on a graphics device; left out: it was added up in float64. */
  readonly dotError?: number;
  /** What the arithmetic errs by, in roundings of float32: graphics devices round some functions more coarsely. Left out: 1. */
  readonly coarseness?: number;
}

/** A discrete gradient other than `projected`, which follows from the other numbers of the record. */
export interface DiscreteGradientRecord {
  readonly kind: Exclude<DiscreteGradient, 'projected'>;
  /** Inner products of `ȳ` (in place of `y`) and `g`. */
  readonly gram: Gram;
  /** `‖ȳ − y‖`: how far it is from the gradient, 0 as the rate goes to 0. */
  readonly distance?: number;
  /** The point `s` of the Taylor form, in [0, 1]. */
  readonly taylorPoint?: number;
}

/** What is known of the smallest eigenvalue of the Hessian. */
export interface CurvatureRecord {
  /** `λ_min` where it is known exactly, else the Ritz value, which lies above it. */
  readonly hessianMin: number;
  /** A lower bound of `λ_min`, or `null` where only `hessianMin` is known and taken as exact. */
  readonly hessianMinLower: number | null;
  /** An upper bound of `λ_min` (the Ritz value widened by the error of the products). */
  readonly hessianMinUpper: number | null;
  readonly residual: number | null;
  readonly products: number | null;
  readonly productError: number | null;
  readonly delta: number | null;
  /**
   * Whose Hessian it is: that of θ, of the point `θ_s` that the Taylor form found, or the mean `2∫(1−s) H(θ_s) ds` that belongs to
   * the mean value. Left out: the one that was given.
   */
  readonly hessianOf?: 'theta' | 'taylor-point' | 'mean';
  /** `gᵀH(θ)g`, for the limits before a step; `null` or left out: not measured. */
  readonly along?: number | null;
  /** The largest Ritz value less the error of the products, which `λ_max` lies above. */
  readonly hessianMax?: number | null;
  /** An upper bound of `λ_max`, failing with probability `δ` at most; `null`: the start was given. */
  readonly hessianMaxUpper?: number | null;
  /** Why Lanczos ended. */
  readonly reason?: string;
}

export type ConditionName = 'alignment' | 'effective' | 'stepSize';

/** What is known of the velocity of a rule that has one. */
export interface InertiaRecord {
  readonly rule: 'heavy-ball' | 'nesterov' | 'other';
  /** The optimizer's class. */
  readonly name: string;
  /** μ. */
  readonly momentum: number | null;
  /** `‖v_t‖²` as the step begins, in units of θ²; `null`: the step before was not seen. */
  readonly velocitySquare: number | null;
  /** Was the step before made with another η or μ? Then the energy starts anew here. */
  readonly anew?: boolean;
}

/** Something that was asked for and could not be measured, and why. */
export interface Obstacle {
  readonly condition: ConditionName;
  readonly reason: string;
}

/**
 * One step `θ' = θ + η g` as it was measured: plain, readonly, versioned JSON. Every certificate is a pure function of it.
 * `y` is the negative gradient at θ, `g = Δθ/η`.
 */
export interface StepRecord {
  readonly kind: 'step';
  readonly version: 1;
  /** Counts the steps of one watch, from 0. */
  readonly step: number;
  /** Counts the training runs (`fit` calls, wrapped optimizers, …) of one watch, from 0. */
  readonly run: number;
  readonly source: 'fit' | 'optimizer' | 'observe' | 'file';
  readonly name?: string;
  /** Epoch of `fit`, from 0. */
  readonly epoch?: number;
  /** A fixed loss, on data of the user's choice, at θ. */
  readonly measure?: number;
  /** The same at θ'. */
  readonly measureAfter?: number;
  /** Its noise (ECNoise), as `lossNoise`. */
  readonly measureNoise?: number;
  /** The smallest difference that it took the logarithm of so far, as `staircase` of the noise. */
  readonly measureStaircase?: number;
  /** η, or `null` where there is none and `g = Δθ`. */
  readonly learningRate: number | null;
  /** Arithmetic in which the gradient and the losses were computed. */
  readonly precision: 'float32' | 'float64';
  /** The whole parameter vector; `null` where `y` or `g` could not be had (an obstacle says why). */
  readonly gram: Gram | null;
  readonly variables: readonly VariableRecord[];
  readonly lossBefore: number | null;
  readonly lossAfter: number | null;
  /** What the schedules asked for at this step. */
  readonly asked: Readonly<Record<ConditionName, boolean>>;
  readonly obstacles: readonly Obstacle[];
  /** `null` for exact float64 input. */
  readonly noise: NoiseRecord | null;
  /** The gradient at θ': `y'·g` and `‖y'‖`, for the trapezoid rule. */
  readonly after: { readonly yg: number; readonly yNorm: number } | null;
  /** The discrete gradient asked for. */
  readonly discreteGradient: DiscreteGradient;
  /** Its numbers, or those of another that came for free; `null`: only `projected` is known. */
  readonly discrete: DiscreteGradientRecord | null;
  readonly curvature: CurvatureRecord | null;
  /** Of an optimizer with a velocity, or of every one where the monitor's `energy` is `true`. */
  readonly inertia?: InertiaRecord;
  /** Of the geometry over time, where it is followed. */
  readonly geometry?: GeometryRecord;
  /** The user's own energy on both sides of the step; `trouble`: why it is not known. */
  readonly energy?: { readonly before: number | null; readonly after: number | null; readonly trouble: string | null };
}

import type { GeometryRecord } from '../geometry/geometryOverTime.js';
import type { DiscreteGradientKind } from '../geometry/discreteGradients/discreteGradient.js';

/** Three answers, never two, and a fourth for what nobody asked. Only `holds` and `fails` are claims. */
export type State = 'holds' | 'fails' | 'unresolved' | 'skipped';

export interface Condition {
  readonly state: State;
  readonly value: number | null;
  readonly bound: number | null;
  readonly tolerance: number | null;
  readonly reason: string;
}

export type Verdict =
  'natural-gradient' | 'overshoot' | 'discrete-natural-gradient' | 'not-natural-gradient' | 'unresolved';

export type Structure = 'scalar' | 'per-variable-scalar' | 'diagonal' | 'block-diagonal' | 'dense' | 'none';

export type DiscreteGradient = DiscreteGradientKind;

/** How the step stands to the curvature, [SSK24, eq. (18)]: sufficient, never necessary. */
export interface StepSizeCondition extends Condition {
  readonly etaMaxOptimal: number | null;
  readonly etaMaxSupremum: number | null;
  readonly hessianMin: number | null;
  /** The discrete gradient that `etaMaxOptimal` belongs to. */
  readonly discreteGradient: DiscreteGradient | null;
  /** `η/η_max`, of the supremum bound; above 1: the sufficient bound is exceeded. */
  readonly ratio?: number | null;
  /**
   * Aligned and effective: then a metric `M` with `M g = ȳ` and one with `(M + (η/2)H) g = y` exist whatever the Hessian, and the step is
   * exactly the paper's discrete natural gradient step. Free wherever both are measured.
   */
  readonly exactCondition?: State;
  /** Smallest eigenvalue of the projected form's `M + (η/2) q̂ ĝĝᵀ`: above 0, the canonical metric of `ȳ` does it too. Free. */
  readonly shiftedEigenvalue?: number | null;
  /** The loss falls for rates below `2 y·g/gᵀHg`, as far as it is quadratic along the step; `null`: no limit is known. */
  readonly etaEffective?: number | null;
  /** The supremum condition holds for rates below `2 y·g/(gᵀHg + |λ_min| ‖g‖²)`, as far as the loss is quadratic; `null`: none known. */
  readonly etaProspective?: number | null;
  /** Whose Hessian `hessianMin` belongs to. */
  readonly hessianOf?: 'theta' | 'taylor-point' | 'mean';
  readonly hessianMinLower?: number | null;
  readonly residual?: number | null;
  readonly products?: number | null;
  readonly productError?: number | null;
  readonly delta?: number | null;
}

/** `E_t − E_{t+1}` of a rule with a velocity, or of an energy of the user's own (THEORY, section 5). */
export interface EnergyCondition extends Condition {
  /** `m = μ/η` of heavy ball; `null` for another energy. */
  readonly mass: number | null;
  /** `η Λ < 2(1 − μ)`, by the curvature at θ: exact where the loss is quadratic. `null`: the curvature was not measured, or does not decide. */
  readonly guaranteed: boolean | null;
}

/** The best-conditioned metric with `M g = y`, [SSK24, eq. (9)], a choice among many; ψ in radians, below π/2. */
export interface MetricSummary {
  readonly psi: number;
  readonly alpha: number;
  readonly conditionNumber: number;
  readonly eigenvalueMin: number;
  readonly eigenvalueMax: number;
  readonly dimension: number;
}

export interface VariableCertificate {
  readonly name: string;
  readonly size: number;
  /** This variable's share of `y·g`. */
  readonly alignment: number;
  /** Angle between its `y` and `g` in radians; `null` where either is zero. */
  readonly psi: number | null;
}

/** Was this step natural gradient descent? Plain, readonly, versioned JSON: no NaN, no tensors. */
export interface Certificate {
  readonly kind: 'certificate';
  readonly version: 1;
  readonly step: number;
  readonly run: number;
  readonly name?: string;
  readonly epoch?: number;
  readonly verdict: Verdict;
  readonly alignment: Condition;
  readonly effective: Condition;
  readonly stepSize: StepSizeCondition;
  /** Which `y` the metric is of: the gradient's, or a discrete gradient's; `null` without a metric. */
  readonly discreteGradient: DiscreteGradient | null;
  readonly metric: MetricSummary | null;
  /** The angle below which float32 rounding of θ cannot tell ψ from 0, in radians; `null` for exact input. */
  readonly psiFloor: number | null;
  readonly structure: Structure | null;
  readonly variables: readonly VariableCertificate[];
  readonly lossBefore: number | null;
  readonly lossAfter: number | null;
  /** `η y·g`, the decrease that the gradient promises, to hold against `lossBefore − lossAfter`. */
  readonly predictedDecrease: number | null;
  readonly learningRate: number | null;
  /** How the metric follows training, where the monitor's `geometry` is asked for. */
  readonly geometry?: GeometryRecord;
  /** There for rules with a velocity, and where the monitor was asked for it. */
  readonly energy?: EnergyCondition;
}

/**
 * A step `θ' = θ + η g` and how the loss can be asked about the way from θ to θ'. Vectors have `D` entries, in float64.
 *
 * An answer may have to be waited for: who computes it asks for numbers of a kind `Asked` by yielding, and is handed `Numbers`.
 */
export interface Segment<Asked, Numbers> {
  /** `−∇L(θ)`. */
  readonly y: Float64Array;
  /** `g = Δθ/η`. */
  readonly g: Float64Array;
  readonly eta: number;
  /** `L(θ') − L(θ)`. */
  readonly change: number;
  /** What `change` may be off by. @default 0: nothing but the rounding of float64 */
  readonly changeError?: number;
  /** `−∇L(θ + s Δθ)`, `s` in [0, 1]. */
  yAt(s: number): Generator<Asked, Float64Array, Numbers>;
  /** `H(θ + s Δθ) g`; `null` where it is not to be trusted. */
  curvatureAt(s: number): Generator<Asked, Float64Array | null, Numbers>;
  /** The loss where the first `count` entries are those of θ' and the others those of θ. */
  lossAfter(count: number): Generator<Asked, number, Numbers>;
}

/** A discrete gradient: `ȳ = −∇̄L` with `ȳ·Δθ = L(θ) − L(θ')`. */
export interface DiscreteStep {
  readonly vector: Float64Array;
  /** The point `s` of the Taylor form. */
  readonly point?: number;
}

/** Why there is none. */
export interface NoDiscreteStep {
  readonly vector: null;
  readonly reason: string;
}

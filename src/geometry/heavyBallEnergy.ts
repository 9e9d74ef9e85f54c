/** The energy `E = L(θ) + (m/2)‖v‖²` of heavy ball, `v' = μ v + η y`, `θ' = θ + v'`, before and after one step. */
export interface HeavyBallEnergy {
  /** `m = μ/η`. */
  readonly mass: number;
  readonly before: number;
  readonly after: number;
}

/**
 * The discrete energy test of heavy ball (THEORY, section 5): `ΔE < 0` is guaranteed while `η Λ < 2(1 − μ)`. O(1).
 *
 * @param velocities `‖v‖²` before and after the step
 */
export function heavyBallEnergy(
  losses: { readonly before: number; readonly after: number },
  velocities: { readonly before: number; readonly after: number },
  momentum: number,
  eta: number,
): HeavyBallEnergy {
  const mass = momentum / eta;
  return {
    mass,
    before: losses.before + (mass / 2) * velocities.before,
    after: losses.after + (mass / 2) * velocities.after,
  };
}

/** Is the energy guaranteed to fall: `η Λ < 2(1 − μ)`, `Λ` the largest curvature along the way? */
export const isEnergyGuaranteed = (momentum: number, eta: number, curvatureMax: number): boolean =>
  eta * curvatureMax < 2 * (1 - momentum);

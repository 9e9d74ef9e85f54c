import { type Gram, scaleByPower } from '../linalg/gram.js';

/** How `y` and `g` lie to each other. */
export interface Angle {
  /** ψ in radians, in [0, π]. */
  readonly psi: number;
  readonly cosine: number;
  readonly sine: number;
  /** `a = ‖y‖/‖g‖`. */
  readonly ratio: number;
}

/**
 * The angle between `y` and `g`, good to 1e-12 of ψ and of 90° − ψ where the Gram carries the rejected component; `null` where
 * one of them is zero, a number is not finite or `‖y‖/‖g‖` leaves the range of float64. O(1).
 */
export function angle(gram: Gram): Angle | null {
  const { yy, gg, yg } = gram;
  if (!(yy > 0 && gg > 0) || !Number.isFinite(yy + gg + yg)) return null;
  const yNorm = Math.sqrt(yy);
  const gNorm = Math.sqrt(gg);
  const cosine = yg / yNorm / gNorm;
  const sine =
    gram.rejected === null ? Math.sqrt(Math.max(0, (1 - cosine) * (1 + cosine))) : Math.sqrt(gram.rejected) / yNorm;
  const ratio = scaleByPower(yNorm / gNorm, (gram.yExponent ?? 0) - (gram.gExponent ?? 0));
  if (!(ratio > 0 && Number.isFinite(ratio))) return null;
  // Both are rounded: on the unit circle again, so that neither exceeds 1.
  const radius = Math.hypot(cosine, sine);
  return { psi: Math.atan2(sine, cosine), cosine: cosine / radius, sine: sine / radius, ratio };
}

import type { Gram } from '../linalg/gram.js';

/**
 * The Gram of the state extended by time, `θ̃ = (θ, t)`: `ỹ = (y, −∂L/∂t)`, `g̃ = (g, 1/η)` where `t` advances by 1 a step (THEORY, section
 * 5). `ỹ·g̃ > 0` has no unit; ψ and κ of it do: they change with the unit of time. O(1).
 *
 * @param lossRate `∂L/∂t`, per step
 * @param advance by how much `t` advances over η: `1/η` for one a step, 1 for a flow. @default 1/eta
 */
export function extendedGram(gram: Gram, lossRate: number, eta: number, advance = 1 / eta): Gram {
  const y = 2 ** (gram.yExponent ?? 0);
  const g = 2 ** (gram.gExponent ?? 0);
  const [yy, gg, yg] = [gram.yy * y * y, gram.gg * g * g, gram.yg * y * g];
  const extended = { yy: yy + lossRate ** 2, gg: gg + advance ** 2, yg: yg - lossRate * advance };
  // ‖ỹ − ρ g̃‖² from the parts: what lies across g stays, and nothing cancels.
  const rho = extended.yg / extended.gg;
  const across = gram.rejected === null || gg === 0 ? null : gram.rejected * y * y;
  const along = gg === 0 ? 0 : (yg / gg - rho) ** 2 * gg;
  const rejected = across === null ? null : across + along + (-lossRate - rho * advance) ** 2;
  return { ...extended, rejected, dimension: gram.dimension + 1 };
}

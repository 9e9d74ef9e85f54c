import type { MetricSummary } from '../../certificates/certificate.js';

/** A point of the plane of `y` and `g`, in units of the ordinary ball's radius; `y` points up. */
export interface Point {
  readonly u: number;
  readonly v: number;
}

/** The balls `ΔθᵀΔθ = ε` and `ΔθᵀMΔθ = ε a` in the plane of `y` and `g`: for `a = ‖y‖/‖g‖` both have the same area. */
export interface Ball {
  readonly ordinary: readonly Point[];
  readonly metric: readonly Point[];
  /** Where the loss, taken as linear, is lowest on the ordinary ball: along `y`. */
  readonly steepest: Point;
  /** Where it is lowest on the metric's ball: along `M⁻¹ y = g`. */
  readonly natural: Point;
  /** Longest half axis of the metric's ball, `κ^¼`. */
  readonly reach: number;
}

/**
 * Figure 1 of [SSK24] in numbers. With `y` up and `g` turned away from it by ψ, `M/a = (ŷŷᵀ + I − ĝĝᵀ)/cos ψ` in this plane (the
 * optimal metric, eq. (9)). O(points).
 */
export function ball({ psi, conditionNumber }: Pick<MetricSummary, 'psi' | 'conditionNumber'>, points = 120): Ball {
  const reach = conditionNumber ** 0.25;
  // The eigenvector of ŷŷᵀ − ĝĝᵀ to −sin ψ, which is that of M to λ−.
  const longest = Math.PI / 4 + psi / 2;
  const along: Point = { u: Math.sin(longest), v: Math.cos(longest) };
  const across: Point = { u: -along.v, v: along.u };
  const circle = Array.from({ length: points + 1 }, (_, i) => (2 * Math.PI * (i % points)) / points);
  const metric = circle.map((angle) => {
    const [long, short] = [reach * Math.cos(angle), Math.sin(angle) / reach];
    return { u: long * along.u + short * across.u, v: long * along.v + short * across.v };
  });
  // ĝᵀMĝ = a cos ψ.
  const length = 1 / Math.sqrt(Math.cos(psi));
  return {
    ordinary: circle.map((angle) => ({ u: Math.cos(angle), v: Math.sin(angle) })),
    metric,
    steepest: { u: 0, v: 1 },
    natural: { u: length * Math.sin(psi), v: length * Math.cos(psi) },
    reach,
  };
}

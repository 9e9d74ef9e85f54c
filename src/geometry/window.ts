import type { Gram } from '../linalg/gram.js';

/**
 * A window of `T` steps as one step of the stacked state `(θ_t … θ_{t+T−1})` under the averaged loss: the Grams add,
 * `Y·G = (1/T) Σ y·g`, `‖Y‖² = (1/T²) Σ‖y‖²`, `‖G‖² = Σ‖g‖²` (THEORY, section 5). O(T).
 */
export function stackedGram(grams: readonly Gram[]): Gram {
  const steps = grams.length;
  const plain = grams.map(withoutExponents);
  const total = (part: (gram: Gram) => number): number => plain.reduce((all, gram) => all + part(gram), 0);
  return {
    yy: total((gram) => gram.yy) / steps ** 2,
    gg: total((gram) => gram.gg),
    yg: total((gram) => gram.yg) / steps,
    rejected: rejectedOf(plain),
    dimension: total((gram) => gram.dimension),
  };
}

const withoutExponents = (gram: Gram): Gram => {
  const { yExponent = 0, gExponent = 0 } = gram;
  if (yExponent === 0 && gExponent === 0) return gram;
  const y = 2 ** yExponent;
  const g = 2 ** gExponent;
  return {
    yy: gram.yy * y * y,
    gg: gram.gg * g * g,
    yg: gram.yg * y * g,
    rejected: gram.rejected === null ? null : gram.rejected * y * y,
    dimension: gram.dimension,
  };
};

/** What of the stacked `Y` lies across the stacked `G`: each part's own, and its way to the common `ρ`. */
function rejectedOf(grams: readonly Gram[]): number | null {
  const gg = grams.reduce((sum, gram) => sum + gram.gg, 0);
  const rho = grams.reduce((sum, gram) => sum + gram.yg, 0) / gg;
  let across = 0;
  for (const gram of grams) {
    if (gram.rejected === null || !(gram.gg > 0)) return null;
    across += gram.rejected + (gram.yg / gram.gg - rho) ** 2 * gram.gg;
  }
  return across / grams.length ** 2;
}

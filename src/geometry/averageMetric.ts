import { dot } from '../linalg/dot.js';
import { gram as gramOf, type Gram } from '../linalg/gram.js';
import { symmetricEigenvalues } from '../linalg/symmetricEigenvalues.js';
import { alphaOptimal } from './spectrum.js';

/** Eigenvalues of `M + (η/2) S`, the matrix that maps a mean update to the negative gradient. */
export interface ShiftedSpectrum {
  /** Those on `span{ȳ, ḡ, z}`, ascending: at most three. */
  readonly eigenvalues: readonly number[];
  /** α, the eigenvalue of every other direction. */
  readonly alpha: number;
  /** How many other directions there are. */
  readonly multiplicity: number;
  /** The smallest of all; above 0, the average update is exactly natural gradient descent. */
  readonly smallest: number;
}

/** A vector counts as lying in the span of others where less than this part of it sticks out. */
const inSpan = 1e-13;

/** Orthonormal vectors that span what the given ones do. Gram and Schmidt, twice, as once is not enough. */
function orthonormal(vectors: readonly Float64Array[]): Float64Array[] {
  const basis: Float64Array[] = [];
  for (const vector of vectors) {
    const length = Math.sqrt(dot(vector, vector));
    if (!(length > 0)) continue;
    const rest = vector.map((value) => value / length);
    for (let pass = 0; pass < 2; pass++) {
      for (const known of basis) {
        const along = dot(known, rest);
        for (let i = 0; i < rest.length; i++) rest[i] = (rest[i] as number) - along * (known[i] as number);
      }
    }
    const left = Math.sqrt(dot(rest, rest));
    if (left > inSpan) basis.push(rest.map((value) => value / left));
  }
  return basis;
}

/**
 * The spectrum of `M + (η/2) S` for a stochastic rule [SSK24, eqs. (19)–(20)]: `M` the optimal metric of the means, `M ḡ = ȳ`, and `S`
 * the least-norm symmetric matrix with `S ḡ = z`, `z = 2 (y − ȳ)/η`, so that `(M + (η/2) S) ḡ = y`. Away from `span{ȳ, ḡ, z}` it is
 * `αI`; there it is a 3×3 problem. η drops out. O(D), three vectors.
 *
 * @param meanY ȳ, `meanG` ḡ, `y` the negative gradient at θ; same length.
 * @returns `null` unless `ȳ·ḡ > 0`, or where a number leaves float64
 */
export function shiftedSpectrum(
  meanY: ArrayLike<number>,
  meanG: ArrayLike<number>,
  y: ArrayLike<number>,
  gram: Gram = gramOf(meanY, meanG),
): ShiftedSpectrum | null {
  const alpha = alphaOptimal(gram);
  if (alpha === null) return null;
  const [yBar, gBar] = [Float64Array.from(meanY), Float64Array.from(meanG)];
  // (η/2) z
  const shift = yBar.map((value, i) => (y[i] as number) - value);
  const basis = orthonormal([gBar, yBar, shift]);
  const [along, across] = [dot(yBar, gBar), dot(gBar, gBar)];
  const own = dot(shift, gBar);
  const parts = basis.map((q) => ({ y: dot(yBar, q), g: dot(gBar, q), shift: dot(shift, q) }));
  const entries = parts.map((p, i) =>
    parts.map(
      (q, j) =>
        (p.y * q.y) / along +
        alpha * ((i === j ? 1 : 0) - (p.g * q.g) / across) +
        (p.shift * q.g + p.g * q.shift) / across -
        (own / across) * ((p.g * q.g) / across),
    ),
  );
  if (!entries.flat().every(Number.isFinite)) return null;
  const eigenvalues = symmetricEigenvalues(entries);
  const multiplicity = gBar.length - basis.length;
  const least = eigenvalues[0] as number;
  return { eigenvalues, alpha, multiplicity, smallest: multiplicity > 0 ? Math.min(alpha, least) : least };
}

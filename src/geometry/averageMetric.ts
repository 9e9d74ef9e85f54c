import { dot } from '../linalg/dot.js';
import { gram as gramOf, type Gram } from '../linalg/gram.js';
import { orthonormalBasis } from '../linalg/orthonormalBasis.js';
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
  const [yBar, gBar] = [new Float64Array(meanY), new Float64Array(meanG)];
  // (η/2) z
  const shift = new Float64Array(y);
  for (let i = 0; i < shift.length; i++) shift[i] = (shift[i] as number) - (yBar[i] as number);
  const basis = orthonormalBasis([gBar, yBar, shift]);
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

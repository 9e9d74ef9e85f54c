/** Sweeps after which even an unlucky matrix of a few rows is diagonal; five are usual. */
const sweeps = 30;

/**
 * The eigenvalues of a symmetric matrix of a few rows, ascending, by Jacobi's rotations: small ones of a positive definite matrix come
 * out to their own last digits, where tridiagonal methods give those of the largest [Demmel & Veselić 1992]. A library for dense
 * matrices would weigh more than the whole of `steepest/core`. O(n³) a sweep.
 *
 * @param rows n rows of n finite numbers; the part below the diagonal is taken to mirror that above.
 */
export function symmetricEigenvalues(rows: readonly (readonly number[])[]): number[] {
  const a = rows.map((row) => Float64Array.from(row));
  const at = (i: number, j: number): number => a[i]?.[j] as number;
  const put = (i: number, j: number, value: number): void => {
    (a[i] as Float64Array)[j] = value;
    (a[j] as Float64Array)[i] = value;
  };
  for (let sweep = 0; sweep < sweeps; sweep++) {
    let rotated = false;
    for (let p = 0; p < a.length; p++) {
      for (let q = p + 1; q < a.length; q++) {
        const across = at(p, q);
        if (Math.abs(across) <= 2 ** -53 * Math.sqrt(Math.abs(at(p, p) * at(q, q)))) continue;
        rotated = true;
        // tan φ of the smaller angle that makes the entry 0.
        const half = (at(q, q) - at(p, p)) / (2 * across);
        const tangent = (half < 0 ? -1 : 1) / (Math.abs(half) + Math.hypot(1, half));
        const cosine = 1 / Math.hypot(1, tangent);
        const sine = tangent * cosine;
        for (let k = 0; k < a.length; k++) {
          if (k === p || k === q) continue;
          const [kp, kq] = [at(k, p), at(k, q)];
          put(k, p, cosine * kp - sine * kq);
          put(k, q, sine * kp + cosine * kq);
        }
        put(p, p, at(p, p) - tangent * across);
        put(q, q, at(q, q) + tangent * across);
        put(p, q, 0);
      }
    }
    if (!rotated) break;
  }
  return a.map((_, i) => at(i, i)).sort((x, y) => x - y);
}

import { LuDecomposition, Matrix } from 'ml-matrix';

/**
 * `P` of Lyapunov's equation `AᵀP + PA = −Q`, as the linear system `(I ⊗ Aᵀ + Aᵀ ⊗ I) vec P = −vec Q` solved by LU. D² unknowns, so
 * O(D⁶): for small systems.
 *
 * @param {number[][]} a D × D, its eigenvalues in the open left half-plane
 * @param {number[][]} q D × D, symmetric
 * @returns {number[][]} symmetric
 */
export function solveLyapunov(a, q) {
  const size = a.length;
  const transposed = new Matrix(a).transpose();
  const identity = Matrix.eye(size);
  const sum = identity.kroneckerProduct(transposed).add(transposed.kroneckerProduct(identity));
  // Column by column; Q is symmetric, so its rows are its columns.
  const columns = new LuDecomposition(sum).solve(Matrix.columnVector(q.flat().map((each) => -each))).to1DArray();
  const p = Matrix.from1DArray(size, size, columns);
  return p.clone().add(p.transpose()).mul(0.5).to2DArray();
}

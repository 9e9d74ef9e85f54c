import { readFileSync } from 'node:fs';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Beyond this many dimensions the Kronecker form of Lyapunov's equation takes too long and too much room. */
const largest = 24;

/** A stable asymmetric matrix and a start, both from a seed: entries from −2 to 2, shifted so that the slowest mode decays as e^(−0.4 t). */
export function drawSystem(seed, dimension) {
  const random = xoroshiro128plus(seed);
  const uniform = () => 4 * uniformFloat64(random) - 2;
  const vector = () => Array.from({ length: dimension }, uniform);
  for (;;) {
    const drawn = Array.from({ length: dimension }, vector);
    const slowest = Math.max(...new EigenvalueDecomposition(new Matrix(drawn)).realEigenvalues);
    const a = drawn.map((row, i) => row.map((entry, j) => (i === j ? entry - slowest - 0.4 : entry)));
    if (asymmetry(a) > 0.1) return { a, start: vector() };
  }
}

/** A matrix given as JSON, or in a file as JSON or as rows of numbers. @throws Error that says why it is refused */
export function readMatrix(given) {
  const inline = given.trim().startsWith('[');
  let text = given;
  if (!inline) {
    try {
      text = readFileSync(given, 'utf8');
    } catch (fault) {
      throw new Error(`--matrix: ${given} can't be read: ${fault.message}`);
    }
  }
  const rows = text.trim().startsWith('[') ? json('--matrix', text) : tableOf(text);
  if (!Array.isArray(rows) || rows.length === 0 || rows.some((row) => !Array.isArray(row)))
    throw new Error('--matrix: expected rows of numbers, as in [[-1, 2], [0, -1]]');
  return rows;
}

/** A vector given as JSON. */
export function readVector(name, given, size) {
  const vector = json(name, given);
  if (!Array.isArray(vector) || vector.length !== size || !vector.every(Number.isFinite))
    throw new Error(`${name}: expected a list of ${size} finite numbers, got ${given}`);
  if (vector.every((each) => each === 0)) throw new Error(`${name}: the origin is the equilibrium, nothing would move`);
  return vector;
}

function json(name, text) {
  try {
    return JSON.parse(text);
  } catch (fault) {
    throw new Error(`${name}: expected JSON: ${fault.message}`);
  }
}

const tableOf = (text) =>
  text
    .trim()
    .split('\n')
    .map((line) =>
      line
        .trim()
        .split(/[\s,;]+/)
        .map(Number),
    );

const asymmetry = (a) => {
  const matrix = new Matrix(a);
  return Matrix.sub(matrix, matrix.transpose()).norm() / matrix.norm();
};

/** @throws Error that says why `a` does not make a stable flow that is no gradient flow */
export function checkMatrix(a) {
  const size = a.length;
  const wrong = a.findIndex((row) => row.length !== size);
  if (wrong >= 0)
    throw new Error(`A is not square: it has ${size} rows, and row ${wrong + 1} has ${a[wrong].length} numbers`);
  a.forEach((row, i) =>
    row.forEach((entry, j) => {
      if (typeof entry !== 'number' || !Number.isFinite(entry))
        throw new Error(
          `A is not finite: row ${i + 1}, column ${j + 1} is ${JSON.stringify(entry)}, not a finite number`,
        );
    }),
  );
  if (size > largest)
    throw new Error(
      `A is too large: ${size} × ${size}, and Lyapunov's equation is solved here up to ${largest} × ${largest}`,
    );
  if (size === 1 || new Matrix(a).norm() === 0 || asymmetry(a) < 1e-12)
    throw new Error('A is symmetric: the flow is the gradient flow of −xᵀAx/2 already, and nothing has to be shown');
  const { realEigenvalues } = new EigenvalueDecomposition(new Matrix(a));
  const slowest = Math.max(...realEigenvalues);
  if (!(slowest < -1e-10 * new Matrix(a).norm()))
    throw new Error(
      `A is not stable: an eigenvalue has the real part ${slowest.toPrecision(4)}, and all have to be below 0, so no Lyapunov function exists`,
    );
  return { slowest };
}

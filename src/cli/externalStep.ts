import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type {
  CurvatureRecord,
  DiscreteGradientRecord,
  StepRecord,
  VariableRecord,
} from '../certificates/stepRecord.js';
import { gram } from '../linalg/gram.js';
import { parted } from '../linalg/parted.js';
import { LineFault, received } from './lineFault.js';

type Fields = Readonly<Record<string, unknown>>;

const fields = new Set(['y', 'g', 'eta', 'lossBefore', 'lossAfter', 'hessian', 'hessianMin', 'name', 'variables']);

/**
 * A step that some other framework took, given as exact float64 numbers: `y`, `g`, and, if known, `eta` (1), `lossBefore`,
 * `lossAfter`, `hessian` or `hessianMin`, `name`, `variables`.
 *
 * @throws LineFault that names the field, what was expected and what was received
 */
export function externalStep(given: Fields, step: number): StepRecord {
  const stranger = Object.keys(given).find((key) => !fields.has(key));
  if (stranger !== undefined)
    throw new LineFault(stranger, `${stranger}: expected one of ${[...fields].join(', ')}, got another name`);
  const y = vector(given, 'y');
  const g = vector(given, 'g');
  if (y.length !== g.length) {
    throw new LineFault('g', `g: expected as many numbers as y has (${String(y.length)}), got ${String(g.length)}`);
  }
  const eta = optional(given, 'eta', number);
  if (eta !== undefined && !(eta > 0)) throw new LineFault('eta', `eta: expected a number > 0, got ${received(eta)}`);
  const lossBefore = optional(given, 'lossBefore', number) ?? null;
  const lossAfter = optional(given, 'lossAfter', number) ?? null;
  const hessian = optional(given, 'hessian', (all, key) => matrix(all, key, y.length));
  const hessianMin = hessian ? undefined : optional(given, 'hessianMin', number);
  const curvature = hessian ? curvatureOf(hessian) : hessianMin === undefined ? null : exactCurvature(hessianMin);
  const name = optional(given, 'name', string);
  const whole = gram(y, g);
  return {
    kind: 'step',
    version: 1,
    step,
    run: 0,
    source: 'file',
    ...(name === undefined ? {} : { name }),
    learningRate: eta ?? 1,
    precision: 'float64',
    gram: whole,
    variables: partsOf(given, y, g),
    lossBefore,
    lossAfter,
    asked: {
      alignment: true,
      effective: lossBefore !== null && lossAfter !== null,
      stepSize: curvature !== null,
    },
    obstacles: [],
    noise: null,
    after: null,
    discreteGradient: 'projected',
    discrete: hessian ? taylor(y, g, eta ?? 1, hessian) : null,
    curvature,
  };
}

const exactCurvature = (hessianMin: number): CurvatureRecord => ({
  hessianMin,
  hessianMinLower: null,
  hessianMinUpper: null,
  residual: null,
  products: null,
  productError: null,
  delta: null,
});

/** `ȳ = y − (η/2) H g` [SSK24, eq. (16)], the Hessian being that of the point `θ_s`. */
function taylor(y: Float64Array, g: Float64Array, eta: number, hessian: Matrix): DiscreteGradientRecord {
  const product = hessian.mmul(Matrix.columnVector([...g])).to1DArray();
  const discrete = y.map((yi, i) => yi - (eta / 2) * (product[i] as number));
  return { kind: 'taylor', gram: gram(discrete, g) };
}

/**
 * The smallest eigenvalue, between bounds by what the library rounds. Of a matrix brought near 1 by a power of two, without what is lost in
 * its rounding anyway: the library divides by it.
 */
function curvatureOf(hessian: Matrix): CurvatureRecord {
  const largest = hessian.to1DArray().reduce((most, each) => Math.max(most, Math.abs(each)), 0);
  const scale = 2 ** -Math.max(-1000, parted(largest).exponent);
  const near1 = Matrix.mul(hessian, scale);
  near1.apply((i, j) => {
    if (Math.abs(near1.get(i, j)) < negligible) near1.set(i, j, 0);
  });
  const { realEigenvalues } = new EigenvalueDecomposition(near1, { assumeSymmetric: true });
  const smallest = Math.min(...realEigenvalues);
  const error = hessian.rows * 2 ** -51 * near1.norm('frobenius');
  const hessianMinLower = (smallest - error) / scale;
  const hessianMinUpper = (smallest + error) / scale;
  if (!Number.isFinite(hessianMinLower) || !Number.isFinite(hessianMinUpper))
    throw new LineFault('hessian', 'hessian: expected eigenvalues in the range of float64, got larger ones');
  return { ...exactCurvature(smallest / scale), hessianMinLower, hessianMinUpper };
}

const negligible = 2 ** -200;

function optional<T>(given: Fields, key: string, read: (given: Fields, key: string) => T): T | undefined {
  return given[key] === undefined || given[key] === null ? undefined : read(given, key);
}

function string(given: Fields, key: string): string {
  const value = given[key];
  if (typeof value !== 'string') throw new LineFault(key, `${key}: expected a string, got ${received(value)}`);
  return value;
}

function number(given: Fields, key: string): number {
  const value = given[key];
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new LineFault(key, `${key}: expected a finite number, got ${received(value)}`);
  return value;
}

function numbers(value: unknown, key: string): Float64Array {
  if (!Array.isArray(value)) throw new LineFault(key, `${key}: expected a list of numbers, got ${received(value)}`);
  if (value.length === 0) throw new LineFault(key, `${key}: expected at least one number, got an empty list`);
  const wrong = value.findIndex((each) => typeof each !== 'number' || !Number.isFinite(each));
  if (wrong >= 0) {
    const at = `${key}[${String(wrong)}]`;
    throw new LineFault(at, `${at}: expected a finite number, got ${received(value[wrong])}`);
  }
  return Float64Array.from(value as number[]);
}

function vector(given: Fields, key: string): Float64Array {
  if (given[key] === undefined) throw new LineFault(key, `${key}: expected a list of numbers, got nothing`);
  return numbers(given[key], key);
}

function matrix(given: Fields, key: string, size: number): Matrix {
  const rows = given[key];
  const shape = `${String(size)} × ${String(size)}`;
  if (!Array.isArray(rows) || rows.length !== size) {
    throw new LineFault(key, `${key}: expected a list of ${String(size)} rows (${shape}), got ${received(rows)}`);
  }
  const all = rows.map((row: unknown, i) => {
    const at = `${key}[${String(i)}]`;
    const read = numbers(row, at);
    if (read.length !== size)
      throw new LineFault(at, `${at}: expected ${String(size)} numbers, got ${String(read.length)}`);
    return [...read];
  });
  const made = new Matrix(all);
  const scale = Math.max(...all.flat().map(Math.abs), Number.MIN_VALUE);
  const skew = Matrix.sub(made, made.transpose()).to1DArray().map(Math.abs);
  if (Math.max(...skew) > 1e-6 * scale)
    throw new LineFault(key, `${key}: expected a symmetric matrix, got one that differs from its transpose`);
  const half = Matrix.mul(made, 0.5);
  return Matrix.add(half, half.transpose());
}

/** The Grams of the variables the line names, or of the whole as one. */
function partsOf(given: Fields, y: Float64Array, g: Float64Array): VariableRecord[] {
  const named = given['variables'];
  if (named === undefined || named === null) return [part('theta', y, g)];
  if (!Array.isArray(named) || named.length === 0) {
    throw new LineFault('variables', `variables: expected a list of { name, size }, got ${received(named)}`);
  }
  let from = 0;
  const ranges = named.map((each: unknown, i) => {
    const at = `variables[${String(i)}]`;
    if (typeof each !== 'object' || each === null)
      throw new LineFault(at, `${at}: expected { name, size }, got ${received(each)}`);
    const { name, size } = each as Fields;
    if (typeof name !== 'string')
      throw new LineFault(`${at}.name`, `${at}.name: expected a string, got ${received(name)}`);
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 1) {
      throw new LineFault(`${at}.size`, `${at}.size: expected an integer >= 1, got ${received(size)}`);
    }
    from += size;
    return { name, from: from - size, to: from };
  });
  if (from !== y.length) {
    throw new LineFault(
      'variables',
      `variables: expected sizes that add up to ${String(y.length)}, got ${String(from)}`,
    );
  }
  return ranges.map((range) => part(range.name, y.subarray(range.from, range.to), g.subarray(range.from, range.to)));
}

function part(name: string, y: Float64Array, g: Float64Array): VariableRecord {
  const conflicts = y.reduce((count, yi, i) => {
    const gi = g[i] as number;
    return count + (yi === 0 && gi === 0 ? 0 : Math.sign(yi) * Math.sign(gi) > 0 ? 0 : 1);
  }, 0);
  return { name, ...gram(y, g), conflicts };
}

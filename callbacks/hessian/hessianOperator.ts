import * as tf from '@tensorflow/tfjs';
import { mersenne } from 'pure-rand/generator/mersenne';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { norm } from '../../src/linalg/norm.js';
import { type Examination, examine, type Reading, readDifferences, readExact, reexamine } from './examination.js';
import { NotAScalar, type Point } from './exactProduct.js';
import { WatchedError } from './kernelWatch.js';
import type { Reads } from './reads.js';
import { float32Epsilon, scaledBy } from './vectors.js';

/** A product of the Hessian with a vector, in float64 numbers. */
export interface HessianProduct {
  /** `H v`; `null` where no way to it is to be trusted. */
  readonly product: Float64Array | null;
  /** A bound on `‖product − Hv‖`; `null` without a product. */
  readonly error: number | null;
  readonly method: 'exact' | 'differences' | 'none';
  readonly reason: string;
}

/**
 * How many times larger than what random rounding showed an error is taken to be. Against float64, over some five thousand
 * products of random networks (dense, batch norm, conv with max pooling, LSTM; trained and not; 1 to 256 rows; random vectors,
 * gradients, eigenvectors), the largest ratio was 4.3.
 */
const safety = 12;

const another = 'the loss is not the same any more as at the step';
const none = (reason: string): HessianProduct => ({ product: null, error: null, method: 'none', reason });

/**
 * The Hessian of a loss at one point, as an operator. The first product finds out which way is to be trusted (about 23 gradients);
 * the others cost about three gradients each, by differences five. With what was found out at an earlier point of the same training
 * the first costs about seven.
 */
export class HessianOperator {
  readonly #point: Point;
  readonly #generator: RandomGenerator;
  #examination: Examination | null = null;
  /** The value of the loss where it was examined. */
  #value = Number.NaN;

  /**
   * @param seed of the private generator of the vectors it is checked with.
   * @param options.earlier what was found out of the same loss at another point.
   * @param options.fixed the loss is to give the same value at every product: another one is a reason for none.
   */
  constructor(
    point: Point,
    seed: number,
    private readonly options: { readonly earlier?: Examination | null; readonly fixed?: boolean } = {},
  ) {
    this.#point = point;
    this.#generator = mersenne(seed);
  }

  /** What the first product found out; `null` before it. */
  get examination(): Examination | null {
    return this.#examination;
  }

  get dimension(): number {
    return this.#point.variables.reduce((size, variable) => size + variable.size, 0);
  }

  /** `H v`. The vector is rounded to float32 first. Numerical trouble is data: it throws nothing that the loss throws. */
  *apply(vector: Float64Array): Reads<HessianProduct> {
    const length = norm(vector);
    if (!Number.isFinite(length)) return none('the vector is not finite');
    if (length === 0) return { product: vector.slice(), error: 0, method: 'exact', reason: 'the vector is zero' };
    // By a power of two, which rounds nothing: tangents neither overflow nor vanish.
    const scale = 2 ** -Math.round(Math.log2(length));
    const scaled = scaledBy(vector, scale);
    try {
      return this.#unscaled(yield* this.#product(scaled), scale);
    } catch (error) {
      if (error instanceof WatchedError && !(error.cause instanceof NotAScalar)) return none(reasonOf(error));
      throw error;
    }
  }

  *#product(vector: Float64Array): Reads<HessianProduct> {
    if (this.#examination?.method === 'differences' && this.#examination.backend === tf.getBackend())
      return yield* this.#byDifferences(vector, this.#examination.reason);
    let reading = yield* readExact(this.#point, vector, { withGradient: this.#examination === null });
    // Another value is another point or another loss; another backend has other kernels.
    const known = this.#examination !== null && this.#examinedAt(reading.value);
    if (this.#examination !== null && !known && this.options.fixed) return none(another);
    if (this.#examination !== null && !known) reading = yield* readExact(this.#point, vector);
    const trouble = troubleWith(reading);
    if (trouble) return none(trouble);
    if (!known || this.#examination === null) {
      this.#examination =
        (this.options.earlier &&
          (yield* reexamine(this.#point, vector, reading, this.options.earlier, this.#generator))) ??
        (yield* examine(this.#point, vector, reading, this.#generator));
      this.#value = reading.value;
    }
    const { method, reason, noise } = this.#examination;
    if (method === 'none') return none(reason);
    if (method === 'differences') return yield* this.#byDifferences(vector, reason);
    const error = safety * (noise * norm(vector) + float32Epsilon * norm(reading.product));
    return { product: reading.product, error, method, reason };
  }

  *#byDifferences(vector: Float64Array, reason: string): Reads<HessianProduct> {
    const { value, product, error, objection } = yield* readDifferences(this.#point, vector);
    if (this.options.fixed && !Object.is(value, this.#value)) return none(another);
    return objection
      ? none(`${reason}, but not along this vector: ${objection}`)
      : { product, error, method: 'differences', reason };
  }

  #examinedAt(value: number): boolean {
    return Object.is(this.#value, value) && this.#examination?.backend === tf.getBackend();
  }

  #unscaled({ product, error, ...rest }: HessianProduct, scale: number): HessianProduct {
    return {
      product: product && scaledBy(product, 1 / scale),
      error: error === null ? null : error / scale,
      ...rest,
    };
  }
}

function troubleWith({ value, gradient, product, unknown }: Reading): string | null {
  if (!Number.isFinite(value)) return `the loss is ${value}`;
  if (!Number.isFinite(norm(gradient))) return 'the gradient is not finite';
  if (unknown.length === 0 && !Number.isFinite(norm(product))) return 'the product is not finite';
  return null;
}

function reasonOf({ kernel, message }: WatchedError): string {
  const from = kernel === null ? '' : ` (in ${kernel}, backend ${tf.getBackend()})`;
  return `the loss or its gradient failed${from}: ${message}`;
}

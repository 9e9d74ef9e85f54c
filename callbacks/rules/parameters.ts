import * as tf from '@tensorflow/tfjs';
import { hostArray } from '../hostArray.js';
import { lossGradients } from '../lossGradients.js';

/** All parameters, variable after variable, as one vector: what the rules that ask no network for its shape move in. */
export class Parameters {
  readonly size: number;

  constructor(private readonly variables: readonly tf.Variable[]) {
    this.size = variables.reduce((sum, { size }) => sum + size, 0);
  }

  /** A copy of θ. */
  get(): Float32Array {
    return this.#joined(this.variables);
  }

  /** `θ ← values`, rounded to float32 once. */
  set(values: ArrayLike<number>): void {
    let offset = 0;
    for (const variable of this.variables) {
      const from = offset;
      offset += variable.size;
      const own = Float32Array.from({ length: variable.size }, (_, i) => values[from + i] as number);
      const tensor = tf.tensor(own, variable.shape, 'float32');
      variable.assign(tensor);
      tensor.dispose();
    }
  }

  /** `θ ← from + factor · direction`; the sum is made in float64. */
  move(from: ArrayLike<number>, direction: ArrayLike<number>, factor: number): void {
    this.set(Float64Array.from(from, (value, i) => value + factor * (direction[i] as number)));
  }

  /** Runs what moves away from θ to look at the loss there; where it throws, θ is put back. */
  away(body: (theta: Float32Array) => void): void {
    const theta = this.get();
    try {
      body(theta);
    } catch (error) {
      this.set(theta);
      throw error;
    }
  }

  /** `y = −∇L` at θ; 0 where the loss does not reach. */
  descent(loss: () => tf.Scalar): Float32Array {
    return tf.tidy(() => {
      const { grads } = lossGradients(loss, [...this.variables]);
      const found = this.variables.map((variable) => grads[variable.name] ?? tf.zerosLike(variable));
      return this.#joined(found).map((value) => -value);
    });
  }

  #joined(tensors: readonly tf.Tensor[]): Float32Array {
    const joined = new Float32Array(this.size);
    let offset = 0;
    for (const tensor of tensors) {
      joined.set(hostArray(tensor), offset);
      offset += tensor.size;
    }
    return joined;
  }
}

/** The value of a loss; its tensors are disposed. */
export const valueOf = (loss: () => tf.Scalar): number => tf.tidy(() => hostArray(loss())[0] as number);

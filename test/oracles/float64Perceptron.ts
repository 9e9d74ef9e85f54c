import type * as tf from '@tensorflow/tfjs';
import type { Perceptron } from '../../callbacks/rules/perceptron.js';

type Rows = number[][];

export interface Pass {
  /** Inputs of each layer. */
  readonly inputs: Rows[];
  readonly probabilities: Rows;
  /** `−Σ t ln p` of each example. */
  readonly losses: number[];
}

const rowsOf = (tensor: tf.Tensor2D): Rows => tensor.arraySync();

/** The perceptron example by example, in loops over plain numbers. θ is kernel (row by row) and bias of each layer in turn. */
export class Float64Perceptron {
  readonly inputs: Rows;
  readonly targets: Rows;
  /** Inputs and units of each layer. */
  readonly sizes: (readonly [number, number])[];
  /** θ as it was when this was made. */
  readonly start: number[];

  constructor(network: Perceptron) {
    this.inputs = rowsOf(network.inputs);
    this.targets = rowsOf(network.targets);
    this.sizes = network.layers.map(({ kernel }) => kernel.shape);
    this.start = network.variables.flatMap((variable) => Array.from(variable.dataSync()));
  }

  /** Where layer `l`'s kernel begins; its bias follows. */
  offset(l: number): number {
    return this.sizes.slice(0, l).reduce((sum, [inputs, units]) => sum + (inputs + 1) * units, 0);
  }

  forward(theta: readonly number[], noise?: Rows[]): Pass {
    const inputs: Rows[] = [this.inputs];
    let sums: Rows = [];
    this.sizes.forEach(([fanIn, units], l) => {
      const at = this.offset(l);
      sums = (inputs[l] as Rows).map((x, i) =>
        Array.from({ length: units }, (_, u) => {
          let sum = theta[at + fanIn * units + u] as number;
          for (let k = 0; k < fanIn; k++) sum += (x[k] as number) * (theta[at + k * units + u] as number);
          return sum + (noise?.[l]?.[i]?.[u] ?? 0);
        }),
      );
      if (l < this.sizes.length - 1) inputs.push(sums.map((row) => row.map(Math.tanh)));
    });
    const probabilities = sums.map((row) => {
      const total = row.reduce((sum, value) => sum + Math.exp(value), 0);
      return row.map((value) => Math.exp(value) / total);
    });
    const losses = probabilities.map((row, i) =>
      row.reduce((sum, p, c) => sum - (this.targets[i]?.[c] as number) * Math.log(p), 0),
    );
    return { inputs, probabilities, losses };
  }

  loss(theta: readonly number[]): number {
    const { losses } = this.forward(theta);
    return losses.reduce((sum, value) => sum + value, 0) / losses.length;
  }

  /** `−∂L/∂θ` where the error at layer `l`'s sums of example `i` is what `back` says of the errors above: backpropagation by default. */
  descent(
    theta: readonly number[],
    back: (l: number, above: readonly number[], atOutputs: readonly number[]) => number[] = (l, above) => {
      const [fanIn, units] = this.sizes[l + 1] as readonly [number, number];
      const at = this.offset(l + 1);
      return Array.from({ length: fanIn }, (_, k) =>
        above.reduce((sum, error, u) => sum + error * (theta[at + k * units + u] as number), 0),
      );
    },
  ): number[] {
    const { inputs, probabilities } = this.forward(theta);
    const y = Array<number>(theta.length).fill(0);
    probabilities.forEach((row, i) => {
      const atOutputs = row.map((p, c) => ((this.targets[i]?.[c] as number) - p) / this.targets.length);
      let error = atOutputs;
      for (let l = this.sizes.length - 1; l >= 0; l--) {
        const [fanIn, units] = this.sizes[l] as readonly [number, number];
        if (l < this.sizes.length - 1) {
          const outputs = inputs[l + 1]?.[i] as number[];
          error = back(l, error, atOutputs).map((value, u) => value * (1 - (outputs[u] as number) ** 2));
        }
        const at = this.offset(l);
        for (let u = 0; u < units; u++) {
          for (let k = 0; k < fanIn; k++) {
            y[at + k * units + u] =
              (y[at + k * units + u] as number) + (inputs[l]?.[i]?.[k] as number) * (error[u] as number);
          }
          y[at + fanIn * units + u] = (y[at + fanIn * units + u] as number) + (error[u] as number);
        }
      }
    });
    return y;
  }
}

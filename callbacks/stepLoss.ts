import * as tf from '@tensorflow/tfjs';
import type { Afterwards } from './evaluation.js';
import { whileReplaced } from './whileReplaced.js';
import { watchKernels, WatchedError } from './hessian/kernelWatch.js';
import type { LossInputs } from './hessian/lossInputs.js';

/** Makes a loss that is called when its step is over that of the step: the variables at θ', the batch as it was. */
export class StepLoss implements Afterwards {
  #strayed = false;
  readonly #moved: ReadonlySet<number>;

  constructor(
    private readonly variables: readonly tf.Variable[],
    private readonly after: readonly tf.Tensor[],
    private readonly inputs: LossInputs,
  ) {
    this.#moved = new Set(variables.map((variable) => variable.id));
  }

  get strayed(): boolean {
    return this.#strayed;
  }

  begin(): void {
    this.variables.forEach((variable, i) => {
      variable.assign(this.after[i] as tf.Tensor);
    });
  }

  run(loss: () => tf.Scalar): tf.Scalar {
    const newest = tf.tidy(() => tf.scalar(0).id);
    const substitute = (input: tf.Tensor): tf.Tensor => {
      if (this.#moved.has(input.id)) return input;
      const standIn = this.inputs.substitute(input);
      // It was there before this call and the first one did not see it.
      if (standIn === input && input.id < newest) this.#strayed = true;
      return standIn;
    };
    try {
      // What the closure names may be disposed by now; what stands in for it is not.
      return whileReplaced(
        tf.Tensor.prototype,
        'throwIfDisposed',
        () => undefined,
        () => watchKernels({ substitute }, loss),
      );
    } catch (error) {
      throw error instanceof WatchedError ? error.cause : error;
    }
  }
}

import * as tf from '@tensorflow/tfjs';
import { hostArray } from './hostArray.js';
import { isOnDevice } from './isOnDevice.js';
import { keptNumber } from './keptNumber.js';
import { type Backend, type Flaw, flaws, type Ran } from './knownWrongGradients.js';

interface Suspect {
  readonly flaw: Flaw;
  /** Above 0 where it is wrong; on a device the number is still to be read back. */
  readonly extent: number | tf.Tensor1D;
}

const reasonOf = ({ of, instead }: Flaw): string =>
  `TensorFlow.js takes another gradient for the loss's on ${tf.getBackend()}: that of ${of} is not its derivative; ${instead}`;

/**
 * Looks, kernel by kernel, whether a loss goes through one whose gradient is not its derivative: what TensorFlow.js gives for `∇L` is
 * another vector then, and nothing that is made of it is to be claimed. Costs a look at each kernel's name.
 */
export class WrongGradients {
  readonly #suspects = new Map<number, Suspect>();
  #found = false;

  /** @param onDevice what has to be read back from a graphics device is looked at there; else it is not known */
  constructor(private readonly onDevice: boolean) {}

  /** Is there any, or one that may be another time? */
  get found(): boolean {
    return this.#found;
  }

  note(name: string, inputs: tf.NamedTensorMap, attributes: unknown, output: unknown): void {
    // What runs within another kernel, or a gradient of one's own, TensorFlow.js does not differentiate.
    if (!Object.hasOwn(flaws, name) || tf.engine().state.kernelDepth > 0) return;
    const flaw = flaws[name] as Flaw;
    if (!flaw.on.includes(tf.getBackend() as Backend)) return;
    const made = output as tf.Tensor;
    const extent = this.#looked(flaw, { inputs, attributes: attributes as object, output: made });
    this.#found ||= extent !== 0 || flaw.varies === true;
    if (extent !== 0) this.#suspects.set(made.id, { flaw, extent });
  }

  /** What can't be looked at is not vouched for: the training hears nothing of it. */
  #looked(flaw: Flaw, ran: Ran): number | tf.Tensor1D {
    try {
      return this.#extentOf(flaw, ran);
    } catch {
      return 1;
    }
  }

  #extentOf({ when, extent }: Flaw, ran: Ran): number | tf.Tensor1D {
    if (!extent) return when?.(ran) === false ? 0 : 1;
    if (isOnDevice() && !this.onDevice) return 0;
    const number = keptNumber(() => extent(ran));
    if (isOnDevice()) return number;
    const [value = 0] = hostArray(number);
    number.dispose();
    return value;
  }

  /** Which of them `loss` goes through on its way from the variables. To be asked while the tape is there; the numbers belong to who asks. */
  on(loss: tf.Tensor): { readonly reason: string; readonly extent: number | tf.Tensor1D }[] {
    if (this.#suspects.size === 0) return [];
    const tape = tf.engine().state.activeTape ?? [];
    const wanted = new Set([loss.id]);
    for (const { inputs, outputs } of [...tape].reverse())
      if (outputs.some(({ id }) => wanted.has(id))) for (const { id } of Object.values(inputs)) wanted.add(id);
    const moved = new Set<number>();
    const found: Suspect[] = [];
    for (const { inputs, outputs } of tape) {
      if (!Object.values(inputs).some((each) => each instanceof tf.Variable || moved.has(each.id))) continue;
      for (const { id } of outputs) {
        moved.add(id);
        const suspect = wanted.has(id) ? this.#suspects.get(id) : undefined;
        if (!suspect) continue;
        found.push(suspect);
        this.#suspects.delete(id);
      }
    }
    this.dispose();
    return found.map(({ flaw, extent }) => ({ reason: reasonOf(flaw), extent }));
  }

  dispose(): void {
    for (const { extent } of this.#suspects.values()) if (typeof extent !== 'number') extent.dispose();
    this.#suspects.clear();
  }
}

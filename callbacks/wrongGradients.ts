import * as tf from '@tensorflow/tfjs';
import { hostArray } from './hostArray.js';

interface Ran {
  readonly inputs: tf.NamedTensorMap;
  readonly attributes: object;
  readonly output: tf.Tensor;
}

/** A kernel that TensorFlow.js 4.22 differentiates, and not by what the kernel computes. */
interface Flaw {
  readonly of: string;
  /** @default everywhere */
  readonly on?: (backend: string) => boolean;
  /** Of this one? @default always */
  readonly when?: (ran: Ran) => boolean;
  readonly instead: string;
}

interface Pooling {
  readonly filterSize: never;
  readonly strides: never;
  readonly pad: never;
  readonly dimRoundingMode?: never;
}

const onNode = (backend: string): boolean => backend === 'tensorflow';
const onWasm = (backend: string): boolean => backend === 'wasm';
const onWebgpu = (backend: string): boolean => backend === 'webgpu';
const x = ({ inputs }: Ran): tf.Tensor => inputs['x'] as tf.Tensor;
const isPadded = ({ padInfo }: { readonly padInfo: object }): boolean =>
  Object.values(padInfo).some((size) => typeof size === 'number' && size > 0);
const least = (tensor: tf.Tensor): number => hostArray(tensor).reduce((a, b) => Math.min(a, b), Infinity);
const scaling = {
  when: ({ attributes }: Ran) => (attributes as { halfPixelCenters?: boolean }).halfPixelCenters === true,
  instead: 'leave halfPixelCenters out',
};
const pooledInPadding = {
  of: 'average pooling whose windows reach into the padding',
  on: (backend: string) => !onNode(backend),
  instead: "pad with 'valid', or train on tfjs-node",
};
const anotherBackend = 'train on another backend';

/**
 * Found by holding the gradient of every kernel that has one against differences of the loss, on cpu, wasm, node, webgl and webgpu
 * (test/callbacks/wrongGradients.test.ts does it again).
 */
const flaws: Readonly<Record<string, Flaw>> = {
  AvgPool: {
    ...pooledInPadding,
    when: (ran) => {
      const { filterSize, strides, pad, dimRoundingMode } = ran.attributes as Pooling;
      const shape = x(ran).shape as [number, number, number, number];
      return isPadded(tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode));
    },
  },
  AvgPool3D: {
    ...pooledInPadding,
    when: (ran) => {
      const { filterSize, strides, pad, dimRoundingMode } = ran.attributes as Pooling;
      const shape = x(ran).shape as [number, number, number, number, number];
      return isPadded(tf.backend_util.computePool3DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode));
    },
  },
  MaxPool: {
    of: 'max pooling with a window of negative numbers only',
    on: onWasm,
    when: ({ output }) => least(output) < 0,
    instead: 'put a ReLU before it, or train on another backend',
  },
  MaxPool3D: {
    of: 'max pooling in three dimensions',
    on: (backend) => onWasm(backend) || onNode(backend),
    // TensorFlow takes all that is within 1e-5 of the largest for the largest; wasm gives 2⁻¹²⁶ for a window of negative numbers only.
    when: (ran) => !onWasm(tf.getBackend()) || (least(ran.output) <= 2 ** -126 && least(x(ran)) < 0),
    instead: anotherBackend,
  },
  // These two sometimes, on wasm: as if they added to what the memory held before.
  Conv3D: { of: 'a convolution in three dimensions', on: onWasm, instead: anotherBackend },
  Dilation2D: { of: 'a dilation', on: onWasm, instead: anotherBackend },
  GatherV2: {
    of: 'a gather with batch dimensions, itself wrong there,',
    on: onWasm,
    when: ({ attributes }) => (attributes as { batchDims?: number }).batchDims !== 0,
    instead: anotherBackend,
  },
  Cumsum: { of: 'a cumulative sum, itself wrong there if reversed,', on: onWebgpu, instead: anotherBackend },
  Prod: { of: 'a product over an axis', on: onWebgpu, instead: anotherBackend },
  ResizeBilinear: { of: 'a bilinear resize with halfPixelCenters', ...scaling },
  ResizeNearestNeighbor: { of: 'a resize to the nearest neighbour with halfPixelCenters', ...scaling },
  MirrorPad: { of: 'mirrored padding', instead: 'concatenate the rows' },
  FloorDiv: { of: 'a division rounded down', instead: 'divide before the loss' },
  Cast: {
    of: 'rounding to whole numbers by a cast',
    when: ({ inputs, output }) => inputs['x']?.dtype === 'float32' && output.dtype !== 'float32',
    instead: 'cast before the loss',
  },
};

/**
 * Looks, kernel by kernel, whether a loss goes through one whose gradient is not its derivative: what TensorFlow.js gives for `∇L` is
 * another vector then, and nothing that is made of it is to be claimed. Costs a look at each kernel's name.
 */
export class WrongGradients {
  readonly #suspects = new Map<number, Flaw>();
  #found = false;

  /** May kernels of this loss be wrong, at other values or sizes say? */
  get found(): boolean {
    return this.#found;
  }

  note(name: string, inputs: tf.NamedTensorMap, attributes: unknown, output: unknown): void {
    if (!Object.hasOwn(flaws, name)) return;
    const flaw = flaws[name] as Flaw;
    if (flaw.on?.(tf.getBackend()) === false) return;
    this.#found = true;
    const made = output as tf.Tensor;
    if (flaw.when?.({ inputs, attributes: attributes as object, output: made }) === false) return;
    this.#suspects.set(made.id, flaw);
  }

  /** Which of them `loss` goes through on its way from the variables, in words; `null`: none. To be asked while the tape is there. */
  on(loss: tf.Tensor): string | null {
    if (this.#suspects.size === 0) return null;
    const tape = tf.engine().state.activeTape ?? [];
    const wanted = new Set([loss.id]);
    for (const { inputs, outputs } of [...tape].reverse())
      if (outputs.some(({ id }) => wanted.has(id))) for (const { id } of Object.values(inputs)) wanted.add(id);
    const moved = new Set<number>();
    for (const { inputs, outputs } of tape) {
      if (!Object.values(inputs).some((each) => each instanceof tf.Variable || moved.has(each.id))) continue;
      for (const { id } of outputs) {
        const flaw = wanted.has(id) ? this.#suspects.get(id) : undefined;
        if (flaw)
          return `TensorFlow.js takes another gradient for the loss's on ${tf.getBackend()}: that of ${flaw.of} is not its derivative; ${flaw.instead}`;
        moved.add(id);
      }
    }
    return null;
  }
}

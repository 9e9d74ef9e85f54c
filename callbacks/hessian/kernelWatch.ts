import * as tf from '@tensorflow/tfjs';
import { untaped } from '../untaped.js';
import { whileInherited } from '../whileReplaced.js';
import type { KernelCall } from './tangentRule.js';
import { messageOf } from '../../src/messageOf.js';

type Inputs = KernelCall['inputs'];
type Attributes = KernelCall['attrs'];
/** A kernel that has run. */
export type KernelRun = Omit<KernelCall, 'tangents'>;
type RunKernel = (kernel: string, inputs: Inputs | readonly tf.Tensor[], attrs?: Attributes) => tf.Tensor | tf.Tensor[];

/** What is told of every kernel that runs under a watch, in the order they run. */
export interface KernelWatcher {
  /** A tensor to use in place of one that a kernel is given. */
  substitute?(input: tf.Tensor): tf.Tensor;
  /** A kernel has run. Tensor operations in here are not watched, not taped, and end with it but for what is kept. */
  ran?(call: KernelRun): void;
  /** A tensor to multiply an output with before it is handed on, as if the kernel had rounded otherwise; `null`: leave it. */
  factor?(kernel: string, output: tf.Tensor): tf.Tensor | null;
  /** `copy` is the same as `original`: the engine saved it for a gradient. */
  copied?(original: tf.Tensor, copy: tf.Tensor): void;
  /** The values of a tensor were read back: what is made of them afterwards can't be followed. */
  read?(dataId: object): void;
  disposed?(tensor: tf.Tensor): void;
}

/** A watch that ended with an exception, and the kernel it came from (`null`: from none). */
export class WatchedError extends Error {
  constructor(
    readonly kernel: string | null,
    cause: unknown,
  ) {
    super(messageOf(cause), { cause });
  }
}

const list = (tensors: tf.Tensor | readonly tf.Tensor[]): readonly tf.Tensor[] =>
  Array.isArray(tensors) ? (tensors as readonly tf.Tensor[]) : [tensors as tf.Tensor];

/**
 * Runs `body` and tells `watcher` of every kernel that runs in it, gradients included. Nothing registered is touched: the
 * engine's methods are shadowed on the instance and uncovered again in `finally`. When `body` throws, what tfjs would leave
 * behind (the tape and the tensors saved on it) is disposed, and a `WatchedError` is thrown in its place.
 */
export function watchKernels<T>(watcher: KernelWatcher, body: () => T): T {
  const engine = tf.engine();
  const { state } = engine;
  const runKernel = engine.runKernel.bind(engine) as RunKernel;
  const runKernelFunc = (Reflect.get(engine, 'runKernelFunc') as (params: object) => unknown).bind(engine);
  const clone = (Reflect.get(engine, 'clone') as (tensor: tf.Tensor) => tf.Tensor).bind(engine);
  const readSync = engine.readSync.bind(engine);
  const read = engine.read.bind(engine);
  const disposeTensor = engine.disposeTensor.bind(engine);
  const saved = new Set<tf.Tensor>();
  let copies: [tf.Tensor, tf.Tensor][] = [];
  let kernels = 0;
  let watching = true;
  let factoring = false;
  let failed: string | null = null;
  const depths = { gradient: state.gradientDepth, kernel: state.kernelDepth };

  const unwatched = (action: () => void): void => {
    watching = false;
    try {
      untaped(action);
    } finally {
      watching = true;
    }
  };

  const watchedRun: RunKernel = (kernel, given, attrs = {}) => {
    if (!watching) return runKernel(kernel, given, attrs);
    if (kernels > 0) {
      // Within another kernel only the copies that the engine makes of what a gradient needs are of interest; what they are
      // copies of may be an output whose tangent is not known yet.
      const out = runKernel(kernel, given, attrs);
      const original = (given as Inputs)['x'];
      if (kernel === 'Identity' && original) copies.push([original, list(out)[0] as tf.Tensor]);
      return out;
    }
    const inputs = substituted(given);
    let out: tf.Tensor | tf.Tensor[];
    kernels++;
    try {
      out = runKernel(kernel, inputs, attrs);
    } catch (error) {
      failed ??= kernel;
      throw error;
    } finally {
      kernels--;
    }
    const made = copies;
    copies = [];
    const run: KernelRun['run'] = (others, otherAttrs = attrs) => [
      ...list(runKernel(kernel, Array.isArray(inputs) ? Object.values(others) : others, otherAttrs)),
    ];
    // Of a list of inputs the members are named '0', '1', …
    unwatched(() => watcher.ran?.({ kernel, inputs: { ...inputs } as Inputs, attrs, outputs: list(out), run }));
    for (const [original, copy] of made) watcher.copied?.(original, copy);
    const factor = factoring || Array.isArray(out) ? null : (watcher.factor?.(kernel, out) ?? null);
    if (!factor) return out;
    factoring = true;
    try {
      return watchedRun('Multiply', { a: out as tf.Tensor, b: factor });
    } finally {
      factoring = false;
    }
  };

  function substituted(given: Inputs | readonly tf.Tensor[]): Inputs | readonly tf.Tensor[] {
    if (!watcher.substitute) return given;
    const one = (input: tf.Tensor): tf.Tensor => (input && watcher.substitute?.(input)) ?? input;
    if (Array.isArray(given)) return (given as readonly tf.Tensor[]).map(one);
    return Object.fromEntries(Object.entries(given as Inputs).map(([name, input]) => [name, one(input)]));
  }

  const shadows: Record<string, (...given: never[]) => unknown> = {
    runKernel: watchedRun,
    // A custom gradient names its inputs to the tape by itself.
    runKernelFunc: (params: { inputs: Inputs } & object) =>
      runKernelFunc('forwardFunc' in params ? { ...params, inputs: substituted(params.inputs) } : params),
    clone: (tensor: tf.Tensor) => {
      const copy = clone(tensor);
      saved.add(copy);
      return copy;
    },
    readSync: (dataId: object) => {
      if (watching && kernels === 0) watcher.read?.(dataId);
      return readSync(dataId);
    },
    read: (dataId: object) => {
      if (watching && kernels === 0) watcher.read?.(dataId);
      return read(dataId);
    },
    disposeTensor: (tensor: tf.Tensor) => {
      disposeTensor(tensor);
      watcher.disposed?.(tensor);
    },
  };
  const shadowed = Object.entries(shadows).reduce<() => T>(
    (inner, [name, method]) =>
      () =>
        whileInherited(engine, name, method, inner),
    body,
  );
  try {
    return shadowed();
  } catch (error) {
    for (const tensor of saved) if (!tensor.isDisposed) tensor.dispose();
    state.gradientDepth = depths.gradient;
    state.kernelDepth = depths.kernel;
    if (state.gradientDepth === 0) Reflect.set(state, 'activeTape', null);
    throw new WatchedError(failed, error);
  }
}

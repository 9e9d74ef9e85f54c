import * as tf from '@tensorflow/tfjs';
import { hostArray } from './hostArray.js';
import { isOnDevice } from './isOnDevice.js';
import { keptNumber } from './keptNumber.js';

/** Where leading places may cancel. */
const cancelling = new Set(['Sub', 'Add', 'AddV2']);
/** What a difference that cancelling has made coarse goes through and stays so. */
const passing = new Set([
  ...['RealDiv', 'Multiply', 'Abs', 'Neg', 'Select', 'SelectV2', 'ClipByValue', 'Maximum', 'Minimum', 'Prod'],
  ...['Square', 'Sqrt', 'Rsqrt', 'Reciprocal', 'Pow', 'Max', 'Min', 'Relu', 'LeakyRelu', 'Cumsum', 'DivNoNan'],
  ...['Reshape', 'ExpandDims', 'Squeeze', 'Identity', 'Cast', 'Slice', 'StridedSlice', 'GatherV2', 'Pack', 'Concat'],
  ...['Transpose', 'Tile', 'BroadcastTo', 'Reverse', 'PadV2', 'GatherNd', 'Unpack', 'SplitV', 'ScatterNd'],
]);
/** Where many are made one, which is coarse only where they are together small. */
const averaging = new Set(['Sum', 'Mean']);
/** What gives nothing below 0: `log1p` of it is of no difference, `log(1 + exp(−|x|))` of a sigmoid cross-entropy say. */
const positive = new Set(['Exp', 'Sigmoid', 'Softmax', 'Softplus', 'Square', 'Abs', 'Relu', 'Relu6']);
/** What is divided by, of kernels that divide. */
const divisors: Readonly<Record<string, string>> = { RealDiv: 'b', DivNoNan: 'b', Reciprocal: 'x', Rsqrt: 'x' };
/** A quotient by v errs by `2⁻²⁵/v` of itself, up to so many times what a logarithm of v does, which is 17 itself by then. */
const steeper = 16;
/** A place of float32 below 1. */
const place = 2 ** -24;

/** A difference that a tensor is made of. */
interface Difference {
  readonly values: tf.Tensor;
  /** How many terms its values are sums of; 1: none, or a mean of them. */
  readonly terms: number;
  /** Is it made of sums alone? A variance, say: divided by it is by many a normalization. */
  readonly averaged: boolean;
}

const none: ReadonlySet<Difference> = new Set();

/** Something that was looked at on a graphics device: a scalar, kept, to be read back. */
export interface Look {
  readonly what: 'least' | 'atClip';
  readonly number: tf.Tensor1D;
  /** What it is to be divided by. */
  readonly share: number;
}

/** A number that was seen: 0 where it is not known yet. */
interface Glimpse {
  readonly least: number;
  /** It counts, as that part of itself. */
  readonly count: (share: number) => void;
  /** It does not. */
  readonly drop: () => void;
}

/** A graphics device rounds p more coarsely, by so many places. */
const coarser = 4;

/**
 * Looks, kernel by kernel, whether a loss takes a logarithm of a difference, `log(1 − p)` say, or divides by one, and how small that
 * difference was. Where it has few places left such a loss moves in steps. Costs a look at each kernel's name and inputs, and at the
 * differences themselves.
 */
export class Stairs {
  /** The differences that a tensor is made of. */
  readonly #differences = new Map<object, ReadonlySet<Difference>>();
  readonly #positive = new Set<object>();
  /** Those that were divided by, and what was seen of them then: it counts unless a logarithm is taken of the quotient, `log(p/(1 − p))` say. */
  readonly #quotients = new Map<Difference, Glimpse>();
  #found = false;
  #least = Number.POSITIVE_INFINITY;
  #atClip = 0;

  /** @param onDevice what is on a graphics device is looked at there; else it is not known */
  constructor(private readonly onDevice: boolean) {}

  /** What was looked at on a device. Belongs to who asks. */
  readonly looks: Look[] = [];

  /** Does the loss take such a logarithm or quotient? */
  get found(): boolean {
    return this.#found || this.#quotients.size > 0;
  }

  /** The loss has been called: nothing more is to be noted. */
  end(): void {
    for (const quotient of this.#quotients.values()) quotient.count(steeper);
  }

  /** Nothing is to be made of it. */
  dispose(): void {
    for (const quotient of this.#quotients.values()) quotient.drop();
    tf.dispose(this.looks.map(({ number }) => number));
  }

  /** The smallest of those differences but 0, in magnitude, a sixteenth of it where it divides; 0: not known, as on a graphics device. */
  get least(): number {
    return this.#least;
  }

  /**
   * How many numbers were clipped together where one of them lies within two places of where it is clipped near 1: whether it is, and has
   * a gradient, is chance then. 0: none does.
   */
  get atClip(): number {
    return this.#atClip;
  }

  note(name: string, inputs: Record<string, tf.Tensor | undefined>, attributes: unknown, output: unknown): void {
    const given = Object.values(inputs).filter((input) => input !== undefined);
    const [first] = given;
    if (name === 'ClipByValue' && first) this.#lookAtClip(first, attributes as { clipValueMax: number });
    if (name === 'Log1p' && first && !this.#positive.has(first.dataId)) {
      // It is coarse where 1 − p is.
      const seen = this.#glimpse(first, 1);
      if (seen.least < 1) this.#found = true;
      seen.count(1);
    }
    const sources = given.flatMap((input) => [...this.#sourcesOf(input)]);
    if (name === 'Log' && sources.length > 0) {
      this.#found = true;
      for (const source of sources) {
        const quotient = this.#quotients.get(source);
        this.#quotients.delete(source);
        if (quotient) quotient.drop();
        else this.#glimpse(source.values, 0).count(source.terms);
      }
    }
    const divisor = inputs[divisors[name] ?? ''];
    if (divisor)
      for (const source of this.#sourcesOf(divisor)) {
        if (source.averaged) continue;
        // Another than `source`: of that itself a logarithm may be taken too.
        const quotient = { ...source };
        this.#quotients.set(quotient, this.#glimpse(source.values, 0));
        sources.push(quotient);
      }
    if (positive.has(name)) this.#positive.add((output as tf.Tensor).dataId);
    for (const made of (Array.isArray(output) ? output : [output]) as tf.Tensor[])
      this.#madeBy(name, made, first, sources);
  }

  #sourcesOf(tensor: tf.Tensor): ReadonlySet<Difference> {
    return this.#differences.get(tensor.dataId) ?? none;
  }

  #madeBy(name: string, made: tf.Tensor, first: tf.Tensor | undefined, sources: readonly Difference[]): void {
    const averaged = sources.length > 0 && sources.every((each) => each.averaged);
    if (cancelling.has(name))
      this.#differences.set(made.dataId, new Set([...sources, { values: made, terms: 1, averaged }]));
    else if (sources.length === 0) return;
    else if (passing.has(name)) this.#differences.set(made.dataId, new Set(sources));
    else if (averaging.has(name)) {
      const terms = name === 'Sum' && first ? first.size / Math.max(1, made.size) : 1;
      this.#differences.set(made.dataId, new Set([{ values: made, terms, averaged: true }]));
    }
  }

  /** The smallest magnitude of `tensor + offset` but 0. */
  #glimpse(tensor: tf.Tensor, offset: number): Glimpse {
    if (!isOnDevice() && !tensor.isDisposed) {
      let least = Number.POSITIVE_INFINITY;
      for (const each of hostArray(tensor)) {
        const magnitude = Math.abs(each + offset);
        if (magnitude > 0) least = Math.min(least, magnitude);
      }
      return { least, count: (share) => (this.#least = Math.min(this.#least, least / share)), drop: () => undefined };
    }
    if (!this.onDevice || tensor.isDisposed) return { least: 0, count: () => (this.#least = 0), drop: () => undefined };
    // 0 counts here: some devices take −88 for the logarithm of it.
    const number = keptNumber(() => tf.min(tf.abs(tf.add(tensor, offset))));
    return {
      least: 0,
      count: (share) => this.looks.push({ what: 'least', number, share: coarser * share }),
      drop: () => {
        number.dispose();
      },
    };
  }

  #lookAtClip(tensor: tf.Tensor, { clipValueMax }: { readonly clipValueMax: number }): void {
    if (tensor.isDisposed || !(clipValueMax > 0.99 && clipValueMax < 1)) return;
    if (isOnDevice()) {
      if (this.onDevice)
        this.looks.push({
          what: 'atClip',
          number: keptNumber(() =>
            tf.cast(tf.any(tf.lessEqual(tf.abs(tf.sub(tensor, clipValueMax)), 2 * coarser * place)), 'float32'),
          ),
          share: 1 / tensor.size,
        });
      return;
    }
    const near = hostArray(tensor).some((each) => Math.abs(each - clipValueMax) < 2 * place);
    if (near) this.#atClip = Math.max(this.#atClip, tensor.size);
  }
}

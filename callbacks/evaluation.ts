import * as tf from '@tensorflow/tfjs';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { OnDevice } from './arithmetic.js';
import { alias } from './alias.js';
import { asDifferentiated } from './asDifferentiated.js';
import { Looks } from './looks.js';
import { type NotedKernel, notingOnce, whileNotingKernels } from './notingKernels.js';
import { roundedOtherwise } from './roundedOtherwise.js';
import { Stairs } from './stairs.js';
import { Tap } from './tap.js';
import { whileReplaced } from './whileReplaced.js';
import { WrongGradients } from './wrongGradients.js';

/** A tfjs layer, as far as the names of its parts are needed here. */
type Layer = tf.layers.Layer;

/** What the first call of a loss closure told about it. */
export interface Survey {
  /** The compiled model whose loss this is, found by every first call; `null`: none. */
  readonly model: tf.LayersModel | null;
  readonly layers: readonly Layer[];
  /** Does the loss take a logarithm? */
  readonly logarithmic: boolean;
  /** Does it take one of a difference, `log(1 − p)` say, or divide by one? Where that is near 0 the loss moves in steps. */
  readonly staircase: boolean;
  /** Has it kernels whose gradient may not be their derivative? */
  readonly suspect: boolean;
}

/** Makes a loss that is called after its step the loss of that step. */
export interface Afterwards {
  /** Puts the variables to where they were; they are put back. */
  begin(): void;
  run(loss: () => tf.Scalar): tf.Scalar;
  /** Did the loss look at something that its first call did not see? */
  readonly strayed: boolean;
}

interface Compiled {
  metricsTensors?: unknown[];
}

/** A compiled model calls it at the end of its loss. */
const losses = new Tap(() => tf.LayersModel.prototype, 'calculateLosses');

/** Makes the first call of an `Evaluation` cheap until what this returns is called. */
export const tapLosses = (): (() => void) => losses.hold();

/** Computes as if float32 had rounded otherwise. */
export type Rounded = <T>(compute: () => T) => T;

const logarithms = new Set(['Log', 'Log1p', 'LogSoftmax']);

/**
 * A loss closure at one step. Its first call is the training's own; every later one is `undisturbed`: it sees the same random
 * numbers, and the metrics, the averages of batch normalization and the random stream stay what they were.
 */
export class Evaluation {
  readonly #loss: () => tf.Scalar;
  readonly #draws: number[] = [];
  #survey: Survey | null;
  #diverged = false;
  readonly #looks: Looks;
  #stairs = { least: Number.POSITIVE_INFINITY, atClip: 0 };
  #rounding = false;
  #wrong: string | null = null;
  /** How the loss is called when its step is over. */
  #afterwards: Afterwards | null = null;

  /**
   * @param survey what an earlier call of the same loss told; `null`: the first call finds out.
   * @param note is told what each kernel of the first call is given.
   * @param taken is anybody going to take what is looked at on a device?
   */
  constructor(
    loss: () => tf.Scalar,
    survey: Survey | null,
    note: ((input: tf.Tensor) => void) | null = null,
    taken = note !== null,
  ) {
    this.#loss = note === null ? loss : notingOnce(loss, note);
    this.#survey = survey;
    this.#looks = new Looks(taken);
  }

  get survey(): Survey | null {
    return this.#survey;
  }

  /** Did a later call ask for other random numbers than the first? Then its result is of another loss. */
  get diverged(): boolean {
    return this.#diverged;
  }

  /** Why the gradient of the first call is not the loss's; `null`: no reason is known. */
  get wrongGradient(): string | null {
    return this.#wrong;
  }

  /** What `Stairs` found in all calls so far. */
  get stairs(): Pick<Stairs, 'least' | 'atClip'> {
    return this.#looks.unread ? { ...this.#stairs, least: 0 } : this.#stairs;
  }

  /**
   * What was looked at on a device, to be read back: known afterwards.
   *
   * @param last from now on nothing more is looked at
   */
  takeLooks(last = true): OnDevice<void> | null {
    return this.#looks.take(last);
  }

  /** Nothing is to be made of it. */
  dispose(): void {
    this.takeLooks()?.numbers.dispose();
  }

  /** The closure for the training's own call: the same value, the same draws from `Math.random`, but noted down. */
  readonly first = (): tf.Scalar => {
    const random = Math.random;
    const draws = this.#draws;
    draws.length = 0;
    const noted = (): number => {
      const draw = random();
      draws.push(draw);
      return draw;
    };
    return whileReplaced(Math, 'random', noted, () => this.#findingModel());
  };

  /** From now on the loss is called after its step: `afterwards` makes it that of the step. */
  outlive(afterwards: Afterwards): void {
    this.#afterwards = afterwards;
  }

  /** One optimizer may train the same variables by a model's loss at one step and by another loss at the next. */
  #findingModel(): tf.Scalar {
    let model: tf.LayersModel | null = null as tf.LayersModel | null;
    const found = (compiled: tf.LayersModel): void => {
      model = compiled;
    };
    const known = this.#survey;
    const noted = function (this: unknown, call: (...given: unknown[]) => unknown, given: unknown[]): unknown {
      if (Array.isArray((this as Compiled).metricsTensors)) found(this as tf.LayersModel);
      return call(...given);
    };
    const loss = known === null ? () => this.#surveyed() : () => this.#watched(this.#loss, known.suspect);
    const value = losses.while(noted, loss);
    if (known === null) this.#survey = { ...(this.#survey as Survey), model };
    else if (known.model !== model)
      this.#survey = {
        model,
        layers: [...known.layers, ...(model?.layers ?? [])],
        logarithmic: true,
        staircase: true,
        suspect: true,
      };
    return value;
  }

  #surveyed(): tf.Scalar {
    const layers = new Set<Layer>();
    let logarithmic = false;
    const stairs = new Stairs(this.#looks.open);
    const wrong = new WrongGradients(this.#looks.open);
    const layerPrototype: Layer = tf.layers.Layer.prototype;
    const apply = Reflect.get<Layer, 'apply'>(layerPrototype, 'apply') as (...given: unknown[]) => unknown;
    const noted: NotedKernel = (name, inputs, attributes, output) => {
      if (logarithms.has(name)) logarithmic = true;
      stairs.note(name, inputs, attributes, output);
      wrong.note(name, inputs, attributes, output);
    };
    const notedLayer = function (this: Layer, ...given: unknown[]): unknown {
      layers.add(this);
      return apply.apply(this, given);
    };
    const value = this.#looking(stairs, wrong, () =>
      whileNotingKernels(noted, () => whileReplaced(layerPrototype, 'apply', notedLayer, this.#loss)),
    );
    const [staircase, suspect] = [stairs.found, wrong.found];
    this.#survey = { model: null, layers: [...layers], logarithmic, staircase, suspect };
    return value;
  }

  #looking(stairs: Stairs | null, wrong: WrongGradients | null, loss: () => tf.Scalar): tf.Scalar {
    try {
      const value = loss();
      if (stairs) this.#climbed(stairs);
      for (const { reason, extent } of wrong?.on(value) ?? []) {
        const seen = (found: number): void => {
          if (found > 0) this.#wrong ??= reason;
        };
        if (typeof extent === 'number') seen(extent);
        else this.#looks.push({ number: extent, seen });
      }
      return value;
    } catch (error) {
      stairs?.dispose();
      wrong?.dispose();
      throw error;
    }
  }

  #climbed(stairs: Stairs): void {
    stairs.end();
    this.#seen(stairs);
    for (const { what, number, share } of stairs.looks) {
      const found = { least: Number.POSITIVE_INFINITY, atClip: 0 };
      this.#looks.push({
        number,
        seen: (value) => {
          this.#seen({ ...found, [what]: value / share });
        },
      });
    }
  }

  #seen({ least, atClip }: Pick<Stairs, 'least' | 'atClip'>): void {
    this.#stairs = { least: Math.min(this.#stairs.least, least), atClip: Math.max(this.#stairs.atClip, atClip) };
  }

  /**
   * Calls the loss, and looks at its stairs where it has any.
   *
   * @param differentiated its gradient is asked for, and may be wrong
   */
  #watched(loss: () => tf.Scalar, differentiated = false): tf.Scalar {
    const climbing = this.#survey?.staircase === true && !this.#looks.over && !this.#rounding;
    if (!climbing && !differentiated) return loss();
    const stairs = climbing ? new Stairs(this.#looks.open) : null;
    const wrong = differentiated ? new WrongGradients(this.#looks.open) : null;
    return this.#looking(stairs, wrong, () =>
      whileNotingKernels((name, inputs, attributes, output) => {
        stairs?.note(name, inputs, attributes, output);
        wrong?.note(name, inputs, attributes, output);
      }, loss),
    );
  }

  /** Runs `body`, which may call the closure through `loss`, in a `tf.tidy` that leaves everything outside as it was. */
  undisturbed<T extends tf.TensorContainer>(body: (loss: () => tf.Scalar) => T): T {
    const inner = this.#survey?.model as Compiled | null | undefined;
    const restored = (): T =>
      whileReplaced(
        tf.layers.Layer.prototype,
        // Who has a hook on a layer's calls counts those of the training.
        'invokeCallHook',
        () => undefined,
        () =>
          this.#restoringVariables(() => {
            this.#afterwards?.begin();
            return tf.tidy(() => body(this.#replayed));
          }),
      );
    return inner ? whileReplaced(inner, 'metricsTensors', [], restored) : restored();
  }

  /** What `body` gives, run `undisturbed`; it keeps the tensors it gives. */
  outcome<T>(body: (loss: () => tf.Scalar) => T): T {
    const found: T[] = [];
    this.undisturbed(() => {
      found.push(body(this.#replayed));
    });
    return found[0] as T;
  }

  /** The same as if float32 had rounded otherwise in what `body` asks for: stairs that are none without it are not looked at. */
  roundedOutcome<T>(generator: RandomGenerator, body: (loss: () => tf.Scalar, rounded: Rounded) => T): T {
    this.#rounding = true;
    try {
      return this.outcome((loss) => body(loss, (computed) => roundedOtherwise(generator, computed)));
    } finally {
      this.#rounding = false;
    }
  }

  readonly #replayed = (): tf.Scalar => {
    let next = 0;
    const replay = (): number => {
      const draw = this.#draws[next++];
      if (draw === undefined) this.#diverged = true;
      return draw ?? 0.5;
    };
    const afterwards = this.#afterwards;
    const loss = afterwards ? (): tf.Scalar => afterwards.run(this.#loss) : this.#loss;
    const value = whileReplaced(Math, 'random', replay, () => this.#watched(() => asDifferentiated(loss)));
    if (afterwards?.strayed) this.#diverged = true;
    if (next !== this.#draws.length) this.#diverged = true;
    return value;
  };

  /** Puts back every variable that is assigned in `body` (the moving averages of batch normalization, say). */
  #restoringVariables<T>(body: () => T): T {
    const saved = new Map<tf.Variable, tf.Tensor>();
    const prototype = tf.Variable.prototype as tf.Variable;
    const assign: (value: tf.Tensor) => void = prototype.assign;
    const noted = function (this: tf.Variable, value: tf.Tensor): void {
      if (!saved.has(this)) saved.set(this, alias(this));
      assign.call(this, value);
    };
    try {
      return whileReplaced(prototype, 'assign', noted, body);
    } finally {
      for (const [variable, value] of saved) {
        assign.call(variable, value);
        value.dispose();
      }
    }
  }
}

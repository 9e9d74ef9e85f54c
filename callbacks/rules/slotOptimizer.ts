import * as tf from '@tensorflow/tfjs';
import { requireNumber } from './requirement.js';

/** What a rule makes of one variable: the change `Δθ`, and what it keeps for the next step, slot by slot. */
export interface SlotStep {
  readonly change: tf.Tensor;
  readonly slots: readonly tf.Tensor[];
}

/**
 * A `tf.Optimizer` whose state are `slots` tensors of the shape of each variable, zero at first: it can be compiled with, saved with
 * its model and resumed bit for bit. Slots belong to a variable by its name; loaded ones are taken up in the order of saving.
 */
export abstract class SlotOptimizer extends tf.Optimizer {
  /** Names of the slots, as they are saved. */
  protected abstract readonly slotNames: readonly string[];
  readonly #slots = new Map<string, tf.Variable[]>();
  /** Loaded, and not taken up yet. */
  readonly #loaded: { readonly name: string; readonly slots: tf.Variable[] }[] = [];

  constructor(
    who: string,
    /** η. */
    public learningRate: number,
  ) {
    super();
    requireNumber(who, 'learningRate', learningRate, 'a finite number > 0', learningRate > 0);
  }

  /** One step of one variable, in a `tf.tidy`. */
  protected abstract step(gradient: tf.Tensor, value: tf.Variable, slots: readonly tf.Variable[]): SlotStep;

  override applyGradients(gradients: tf.NamedTensorMap | { name: string; tensor: tf.Tensor }[]): void {
    const pairs: [string, tf.Tensor | null | undefined][] = Array.isArray(gradients)
      ? gradients.map(({ name, tensor }) => [name, tensor])
      : Object.entries(gradients);
    for (const [name, gradient] of pairs) {
      const value = tf.engine().registeredVariables[name];
      if (!value) throw new Error(`${this.getClassName()}: expected gradients of variables, got one of "${name}"`);
      // Also without a gradient: the order of the slots is the order of the variables.
      const slots = this.#slotsOf(name, value);
      if (gradient == null) continue;
      tf.tidy(() => {
        const made = this.step(gradient, value, slots);
        slots.forEach((slot, i) => {
          slot.assign(made.slots[i] as tf.Tensor);
        });
        value.assign(value.add(made.change));
      });
    }
    this.incrementIterations();
  }

  #slotsOf(name: string, value: tf.Variable): tf.Variable[] {
    const known = this.#slots.get(name);
    if (known) return known;
    const slots =
      this.#loaded.shift()?.slots ?? this.slotNames.map(() => tf.tidy(() => tf.variable(tf.zerosLike(value), false)));
    this.#slots.set(name, slots);
    return slots;
  }

  override async getWeights(): Promise<{ name: string; tensor: tf.Tensor }[]> {
    const owners = [...[...this.#slots].map(([name, slots]) => ({ name, slots })), ...this.#loaded];
    return [
      await this.saveIterations(),
      ...this.slotNames.flatMap((slot, i) =>
        owners.map(({ name, slots }) => ({ name: `${name}/${slot}`, tensor: slots[i] as tf.Tensor })),
      ),
    ];
  }

  override async setWeights(weights: { name: string; tensor: tf.Tensor }[]): Promise<void> {
    const state = await this.extractIterations(weights);
    this.#letGo();
    const owners = this.slotNames.length === 0 ? 0 : state.length / this.slotNames.length;
    if (!Number.isInteger(owners)) {
      throw new Error(
        `${this.getClassName()}: expected ${String(this.slotNames.length)} slots a variable, got ${String(state.length)} tensors`,
      );
    }
    for (let v = 0; v < owners; v++) {
      const own = this.slotNames.map((_, i) => state[i * owners + v] as { name: string; tensor: tf.Tensor });
      this.#loaded.push({
        name: (own[0]?.name ?? '').replace(/\/[^/]*$/, ''),
        slots: own.map(({ tensor }) => tf.variable(tensor, false)),
      });
    }
  }

  override dispose(): void {
    this.#letGo();
  }

  #letGo(): void {
    tf.dispose([...this.#slots.values(), ...this.#loaded.map(({ slots }) => slots)]);
    this.#slots.clear();
    this.#loaded.length = 0;
  }
}

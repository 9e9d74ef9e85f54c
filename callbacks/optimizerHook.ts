import * as tf from '@tensorflow/tfjs';
import type { Obstacle } from '../src/certificates/stepRecord.js';
import { inputsHere, lossOf } from './arithmetic.js';
import type { MadeStep } from './measurable.js';
import { alias } from './alias.js';
import { Evaluation, type Survey, tapLosses } from './evaluation.js';
import { isWorthANorm } from './displacement.js';
import { type Beginning, gradientMultiples } from './gradientMultiples.js';
import { inertiaOf } from './inertia.js';
import type { LossInputs } from './hessian/lossInputs.js';

/** Somebody who wants every step an optimizer makes. What it throws never reaches the training. */
export interface StepListener {
  /** May anything be measured of the step that is about to be made? Where nobody says so, `before` of it is empty. */
  readonly mayMeasure: (variables: readonly tf.Variable[], lossBefore: MadeStep['lossBefore']) => boolean;
  /** Is called after the update, before anything is disposed. */
  readonly onStep: (made: MadeStep) => void;
  /** Is told what it threw. */
  readonly onFault: (fault: unknown) => void;
  /** Is told that the training's own call threw, and that no step comes of it. */
  readonly onAbandoned?: () => void;
}

type NamedGradients = tf.NamedTensorMap | { name: string; tensor: tf.Tensor }[];

/** What was computed and not applied yet. */
interface Pending {
  readonly evaluation: Evaluation;
  readonly gradients: tf.NamedTensorMap;
  readonly inputs: LossInputs | null;
  readonly lossBefore: number | tf.Tensor;
  /** The data of θ at which it was computed. */
  readonly dataIds: ReadonlyMap<string, object>;
}

interface HookState {
  readonly listeners: Set<StepListener>;
  pending: Pending | null;
  readonly releaseLosses: () => void;
  readonly memory: Memory;
  /** What the instance had of its own before. */
  readonly own: readonly (readonly [key: string, descriptor: PropertyDescriptor | undefined])[];
}

/** What is known of an optimizer, and kept while nobody listens. */
interface Memory {
  /** What the first calls of its losses told, by their variables. */
  readonly surveys: Map<string, Survey>;
  /** Steps to come whose updates are not looked at for multiples of the gradient: there were none. */
  rest: number;
}

const memories = new WeakMap<tf.Optimizer, Memory>();
const replaced = ['computeGradients', 'applyGradients'] as const;

/** To look at every kernel of Adam costs a fiftieth of its step on tfjs-node: so many steps after one without a multiple are let off. */
const restSteps = 31;

const mark = Symbol.for('steepest.hook');

type Hooked = tf.Optimizer & { [mark]?: HookState };

const unknownGradient: Obstacle = {
  condition: 'alignment',
  reason:
    'the gradients were handed to applyGradients and may be of anything: use minimize or computeGradients of this optimizer, or observe',
};

/**
 * Lets `listener` see every step of `optimizer`: its `computeGradients` and `applyGradients` are replaced on the instance,
 * unseen by `Object.keys`, `getConfig` and saving, once however often it is asked for. Returns what takes the listener off;
 * with the last one the optimizer is as it was.
 */
export function hookOptimizer(optimizer: tf.Optimizer, listener: StepListener): () => void {
  const hooked = optimizer as Hooked;
  const state = hooked[mark] ?? install(hooked);
  state.listeners.add(listener);
  return () => {
    if (!state.listeners.delete(listener) || state.listeners.size > 0) return;
    uninstall(hooked, state);
  };
}

function install(optimizer: Hooked): HookState {
  const releaseLosses = tapLosses();
  const memory = memories.get(optimizer) ?? { surveys: new Map<string, Survey>(), rest: 0 };
  memories.set(optimizer, memory);
  const own = replaced.map((key) => [key, Object.getOwnPropertyDescriptor(optimizer, key)] as const);
  const state: HookState = {
    listeners: new Set(),
    pending: null,
    own,
    releaseLosses,
    memory,
  };
  const computeGradients = optimizer.computeGradients.bind(optimizer);
  const applyGradients = optimizer.applyGradients.bind(optimizer);
  const define = (key: PropertyKey, value: unknown): void => {
    Object.defineProperty(optimizer, key, { value, configurable: true, writable: true, enumerable: false });
  };
  define(mark, state);
  define('computeGradients', (loss: () => tf.Scalar, variables?: tf.Variable[]) => {
    forget(state);
    // Another backend has other kernels.
    const key = `${tf.getBackend()}: ${variables?.map((variable) => variable.id).join(',') ?? 'all'}`;
    const inputs = inputsHere();
    const evaluation = new Evaluation(
      loss,
      memory.surveys.get(key) ?? null,
      inputs && ((input) => inputs.substitute(input)),
    );
    try {
      return orAbandon(state, () => {
        const computed = computeGradients(evaluation.first, variables);
        if (evaluation.survey) memory.surveys.set(key, evaluation.survey);
        state.pending = pendingOf(evaluation, inputs, computed);
        return computed;
      });
    } finally {
      if (state.pending === null) evaluation.dispose();
    }
  });
  define('applyGradients', (gradients: NamedGradients) => {
    const { pending } = state;
    state.pending = null;
    try {
      orAbandon(state, () => {
        applyObserved(optimizer, state, pending, gradients, applyGradients);
      });
    } finally {
      pending?.evaluation.dispose();
    }
  });
  return state;
}

/** What was computed is not going to be applied. */
function forget(state: HookState): void {
  state.pending?.evaluation.dispose();
  state.pending = null;
}

function orAbandon<T>(state: HookState, body: () => T): T {
  try {
    return body();
  } catch (error) {
    for (const listener of [...state.listeners]) listener.onAbandoned?.();
    throw error;
  }
}

function uninstall(optimizer: Hooked, state: HookState): void {
  forget(state);
  state.releaseLosses();
  Reflect.deleteProperty(optimizer, mark);
  for (const [key, descriptor] of state.own) {
    if (descriptor) Object.defineProperty(optimizer, key, descriptor);
    else Reflect.deleteProperty(optimizer, key);
  }
}

const registered = (name: string): tf.Variable | undefined => tf.engine().registeredVariables[name];

function pendingOf(
  evaluation: Evaluation,
  inputs: LossInputs | null,
  computed: { value: tf.Scalar; grads: tf.NamedTensorMap },
): Pending {
  const dataIds = new Map<string, object>();
  for (const name of Object.keys(computed.grads)) {
    const variable = registered(name);
    if (variable) dataIds.set(name, variable.dataId);
  }
  return { evaluation, inputs, gradients: computed.grads, lossBefore: lossOf(computed.value), dataIds };
}

/** Is `pending` the gradient at the θ that is about to be changed, and still alive? */
const isCurrent = (pending: Pending, variables: readonly tf.Variable[]): boolean =>
  variables.every((variable) => {
    const gradient = pending.gradients[variable.name];
    if (!gradient) return true;
    return !gradient.isDisposed && pending.dataIds.get(variable.name) === variable.dataId;
  }) && variables.some((variable) => variable.name in pending.gradients);

function applyObserved(
  optimizer: tf.Optimizer,
  state: HookState,
  pending: Pending | null,
  gradients: NamedGradients,
  applyGradients: (gradients: NamedGradients) => void,
): void {
  const names = Array.isArray(gradients) ? gradients.map((each) => each.name) : Object.keys(gradients);
  const variables = names.map(registered).filter((variable) => variable !== undefined);
  const current = pending !== null && isCurrent(pending, variables) ? pending : null;
  const learningRate = learningRateOf(optimizer);
  const lossBefore = current?.lossBefore ?? null;
  const asked = [...state.listeners].some((listener) => mayMeasure(listener, variables, lossBefore));
  const before = asked ? variables.map(alias) : [];
  const inertia = asked ? inertiaOf(optimizer) : null;
  try {
    const beginning = current && { before, gradients: variables.map(({ name }) => current.gradients[name]) };
    const multiples = multiplesOf(asked ? beginning : null, variables, state.memory, () => {
      applyGradients(gradients);
    });
    const made: MadeStep = {
      source: 'optimizer',
      variables,
      before,
      after: variables,
      gradients: beginning?.gradients ?? null,
      evaluation: current?.evaluation ?? null,
      inputs: current?.inputs ?? null,
      lossBefore,
      learningRate,
      inertia,
      multiples,
      obstacles: current ? [] : [unknownGradient, { ...unknownGradient, condition: 'effective' }],
    };
    for (const listener of [...state.listeners]) tell(listener, made);
  } finally {
    for (const each of before) each.dispose();
  }
}

/** Runs `update` and says of its large variables what `gradientMultiples` does, where there may be any. */
function multiplesOf(
  beginning: Beginning | null,
  variables: readonly tf.Variable[],
  memory: Memory,
  update: () => void,
): NonNullable<MadeStep['multiples']> {
  const looks = memory.rest === 0;
  memory.rest = Math.max(0, memory.rest - 1);
  const large =
    looks && beginning ? beginning.gradients.map((each) => (each && isWorthANorm(each) ? each : undefined)) : [];
  if (!large.some(Boolean)) {
    update();
    return [];
  }
  const multiples = gradientMultiples({ before: beginning?.before ?? [], gradients: large }, variables, update);
  if (multiples.every((factor) => factor === undefined)) memory.rest = restSteps;
  return multiples;
}

function mayMeasure(
  listener: StepListener,
  variables: readonly tf.Variable[],
  lossBefore: MadeStep['lossBefore'],
): boolean {
  try {
    return listener.mayMeasure(variables, lossBefore);
  } catch {
    // A schedule of the user's own: it throws again where it is told of.
    return true;
  }
}

function tell(listener: StepListener, made: MadeStep): void {
  try {
    listener.onStep(made);
  } catch (fault) {
    listener.onFault(fault);
  }
}

/** The optimizer's learning rate, or `null` where it has none that `g = Δθ/η` could be made with. */
export function learningRateOf(optimizer: tf.Optimizer): number | null {
  const rate: unknown = Reflect.get(optimizer, 'learningRate');
  return typeof rate === 'number' && Number.isFinite(rate) && rate > 0 ? rate : null;
}

/** Gives the optimizer another learning rate from its next step on, the way the optimizer itself offers where it does. */
export function setLearningRate(optimizer: tf.Optimizer, rate: number): void {
  const set: unknown = Reflect.get(optimizer, 'setLearningRate');
  if (typeof set === 'function') set.call(optimizer, rate);
  else Reflect.set(optimizer, 'learningRate', rate);
}

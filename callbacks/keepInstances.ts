import * as tf from '@tensorflow/tfjs';

const hooks = ['trainBegin', 'trainEnd', 'epochBegin', 'epochEnd', 'batchBegin', 'batchEnd'] as const;
const methods = ['onTrainBegin', 'onTrainEnd', 'onEpochBegin', 'onEpochEnd', 'onBatchBegin', 'onBatchEnd'] as const;

const field = (owner: object, key: string): unknown => Reflect.get(owner, key);

/** Is `custom` what `fit` made of `instance`, with the instance's methods torn off it? */
const madeOf = (custom: tf.Callback, instance: object): boolean =>
  custom instanceof tf.CustomCallback &&
  hooks.every((hook, i) => field(custom, hook) === field(instance, methods[i] as string));

/** `callbacks`, with every instance that was taken apart in its own place again; several of one class in their order. */
function putBack(callbacks: readonly tf.Callback[], instances: ReadonlySet<object>): tf.Callback[] {
  const left = new Set(instances);
  return callbacks.map((each) => {
    const isIt = (candidate: object): boolean => madeOf(each, candidate);
    const instance = [...left].find(isIt) ?? [...instances].find(isIt);
    if (instance === undefined) return each;
    left.delete(instance);
    return instance as tf.Callback;
  });
}

/**
 * `fit` decides by the first member of a list whether it holds plain objects or callback instances; behind a plain object, an
 * instance is taken apart and its methods lose `this`. Called while `fit` goes through such a list, this notes the instances
 * still to come and has them put back when the list is complete, a moment later in the same turn. Nothing stays patched.
 */
export function keepInstances(): void {
  const base: object = Object.getPrototypeOf(tf.Callback.prototype) as object;
  const list: object = tf.CallbackList.prototype;
  if (Object.hasOwn(base, 'onYield')) return;
  const instances = new Set<object>();
  const setParams = field(list, 'setParams') as (params: unknown) => void;
  const own = Object.getOwnPropertyDescriptor(list, 'setParams');
  const restore = (): void => {
    Reflect.deleteProperty(base, 'onYield');
    if (own) Object.defineProperty(list, 'setParams', own);
  };
  // `fit` asks every member for it, and no instance has it: not even a `tf.CustomCallback`, which calls it `yield`.
  Object.defineProperty(base, 'onYield', {
    configurable: true,
    get(this: object) {
      instances.add(this);
      return undefined;
    },
    set(this: object, value: unknown) {
      Object.defineProperty(this, 'onYield', { value, configurable: true, writable: true, enumerable: true });
    },
  });
  Object.defineProperty(list, 'setParams', {
    configurable: true,
    writable: true,
    value(this: { callbacks: tf.Callback[] }, params: unknown) {
      restore();
      this.callbacks = putBack(this.callbacks, instances);
      setParams.call(this, params);
    },
  });
  // Should `fit` throw before it gets that far.
  queueMicrotask(restore);
}

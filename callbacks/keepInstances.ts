import * as tf from '@tensorflow/tfjs';

const hooks = ['trainBegin', 'trainEnd', 'epochBegin', 'epochEnd', 'batchBegin', 'batchEnd'] as const;
const methods = ['onTrainBegin', 'onTrainEnd', 'onEpochBegin', 'onEpochEnd', 'onBatchBegin', 'onBatchEnd'] as const;

const field = (owner: object, key: string): unknown => Reflect.get(owner, key);

/** Is `custom` what `fit` made of `instance`, with the instance's methods torn off it? */
const madeOf = (custom: tf.Callback, instance: object): boolean =>
  custom instanceof tf.CustomCallback &&
  hooks.every((hook, i) => field(custom, hook) === field(instance, methods[i] as string));

/**
 * `fit` decides by the first member of a list whether it holds plain objects or callback instances; behind a plain object, an
 * instance is taken apart and its methods lose `this`. Called while `fit` goes through such a list, this notes the instances
 * still to come and has them put back when the list is complete, a moment later in the same turn. Nothing stays patched.
 */
export function keepInstances(): void {
  const base: object = Object.getPrototypeOf(tf.Callback.prototype) as object;
  const list: object = tf.CallbackList.prototype;
  if (Object.hasOwn(base, 'nowFunc')) return;
  const instances: object[] = [];
  const setParams = field(list, 'setParams') as (params: unknown) => void;
  const own = Object.getOwnPropertyDescriptor(list, 'setParams');
  const restore = (): void => {
    Reflect.deleteProperty(base, 'nowFunc');
    if (own) Object.defineProperty(list, 'setParams', own);
  };
  Object.defineProperty(base, 'nowFunc', {
    configurable: true,
    get(this: object) {
      instances.push(this);
      return undefined;
    },
    // `CustomCallback` assigns its own.
    set(this: object, value: unknown) {
      Object.defineProperty(this, 'nowFunc', { value, configurable: true, writable: true, enumerable: true });
    },
  });
  Object.defineProperty(list, 'setParams', {
    configurable: true,
    writable: true,
    value(this: { callbacks: tf.Callback[] }, params: unknown) {
      restore();
      this.callbacks = this.callbacks.map((each) => {
        const instance = instances.find((candidate) => madeOf(each, candidate));
        return (instance as tf.Callback | undefined) ?? each;
      });
      setParams.call(this, params);
    },
  });
  // Should `fit` throw before it gets that far.
  queueMicrotask(restore);
}

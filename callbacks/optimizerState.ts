import * as tf from '@tensorflow/tfjs';

/** What an optimizer keeps a moment of each variable in. */
interface Slot {
  readonly variable: tf.Variable;
}

const isSlot = (value: unknown): value is Slot =>
  typeof value === 'object' && value !== null && Reflect.get(value, 'variable') instanceof tf.Variable;

/**
 * Remembers what an optimizer keeps outside of variables, its count of steps and its lists of moments. What is returned puts it back:
 * moments that were made meanwhile are disposed. The values of those that were there are not its business.
 */
export function optimizerState(optimizer: object): () => void {
  const fields = Object.entries(optimizer)
    .filter(([, value]) => typeof value === 'number' || Array.isArray(value))
    .map(([name, value]: [string, unknown]) => ({ name, value, length: Array.isArray(value) ? value.length : 0 }));
  const counter = 'iterations_';
  const counted = Object.hasOwn(optimizer, counter);
  return () => {
    for (const { name, value, length } of fields) {
      if (Array.isArray(value)) for (const slot of value.splice(length)) if (isSlot(slot)) slot.variable.dispose();
      Reflect.set(optimizer, name, value);
    }
    if (!counted) Reflect.deleteProperty(optimizer, counter);
  };
}

import { describeValue } from '../describeValue.js';

/**
 * What is wrong with a list of numbers, as an error says it; `null`: nothing. NaN and Infinity are numbers. Entries of a typed array are
 * not looked at.
 */
export function vectorFault(name: string, given: unknown): string | null {
  const isList = typeof given === 'object' && given !== null && Number.isInteger(Reflect.get(given, 'length'));
  if (!isList) return `expected \`${name}\` to be a list of numbers, got ${describeValue(given)}`;
  const list = given as ArrayLike<unknown>;
  const end = ArrayBuffer.isView(given) ? Math.min(1, list.length) : list.length;
  for (let i = 0; i < end; i++) {
    if (typeof list[i] !== 'number')
      return `expected \`${name}[${String(i)}]\` to be a number, got ${describeValue(list[i])}`;
  }
  return null;
}

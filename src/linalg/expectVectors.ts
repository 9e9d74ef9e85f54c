import { vectorFault } from './vectorFault.js';

/**
 * Are these vectors of the same length?
 *
 * @param length of all of them. @default that of the first
 * @throws TypeError, RangeError that say who, which vector, what was expected and what was received
 */
export function expectVectors(
  who: string,
  vectors: Readonly<Record<string, ArrayLike<number>>>,
  length?: number,
): void {
  let wanted = length;
  for (const [name, vector] of Object.entries(vectors)) {
    const fault = vectorFault(name, vector);
    if (fault !== null) throw new TypeError(`${who}: ${fault}`);
    wanted ??= vector.length;
    if (vector.length !== wanted)
      throw new RangeError(`${who}: expected \`${name}\` to hold ${wanted} numbers, got ${vector.length}`);
  }
}

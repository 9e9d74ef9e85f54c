import { describeValue } from './describeValue.js';

/**
 * Are these options an object that holds nothing but what is known? A misspelt one would be left out without a word.
 *
 * @throws TypeError that says who, what is known and what was received
 */
export function expectKnown(who: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new TypeError(`${who}: expected options to be an object, got ${describeValue(options)}`);
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) throw unknownOption(who, unknown, known);
}

export const unknownOption = (who: string, name: string, known: readonly string[]): TypeError =>
  new TypeError(`${who}: expected one of the options ${known.join(', ')}, got an unknown one, \`${name}\``);

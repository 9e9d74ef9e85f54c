import * as v from 'valibot';
import { describeValue } from './describeValue.js';
import { expectKnown, unknownOption } from './expectKnown.js';

/**
 * Checks the options of something public once, at its entrance.
 *
 * @param schema strict, its messages the rules: what the option is expected to be
 * @throws TypeError that names who asks, the option, what was expected and what was received
 */
export function checkOptions<S extends v.StrictObjectSchema<v.ObjectEntries, undefined>>(
  who: string,
  schema: S,
  options: unknown,
): asserts options is v.InferInput<S> {
  const known = Object.keys(schema.entries);
  expectKnown(who, options, known);
  const result = v.safeParse(schema, options);
  if (result.success) return;
  const issue = result.issues[0];
  const path = (v.getDotPath(issue) ?? '') || 'options';
  // Within one of the options.
  if (issue.type === 'strict_object' && issue.expected === 'never') throw unknownOption(who, path, known);
  throw new TypeError(`${who}: expected option \`${path}\` to be ${issue.message}, got ${describeValue(issue.input)}`);
}

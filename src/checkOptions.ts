import * as v from 'valibot';

/** Names a value and its type for an error: `-3 (number)`. */
function describeValue(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${String(value.length)}`;
  if (typeof value === 'string') return `'${value}' (string)`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object') return JSON.stringify(value).slice(0, 80);
  return `${String(value)} (${typeof value})`;
}

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
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`${who}: expected options to be an object, got ${describeValue(options)}`);
  }
  const result = v.safeParse(schema, options);
  if (result.success) return;
  const issue = result.issues[0];
  const path = (v.getDotPath(issue) ?? '') || 'options';
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const known = Object.keys(schema.entries).join(', ');
    throw new TypeError(`${who}: expected one of the options ${known}, got an unknown one, \`${path}\``);
  }
  throw new TypeError(`${who}: expected option \`${path}\` to be ${issue.message}, got ${describeValue(issue.input)}`);
}

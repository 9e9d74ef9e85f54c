/** Names a value and its type for an error: `-3 (number)`. */
export function describeValue(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${String(value.length)}`;
  if (typeof value === 'string') return `'${value}' (string)`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object') return describeObject(value);
  return `${String(value)} (${typeof value})`;
}

function describeObject(value: object): string {
  if (value instanceof Promise) return 'a promise';
  try {
    return JSON.stringify(value).slice(0, 80);
  } catch {
    // It holds itself, say.
    return 'an object';
  }
}

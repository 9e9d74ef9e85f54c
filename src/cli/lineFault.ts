/** A line that can't be certified: which field, and what is wrong with it. */
export class LineFault extends Error {
  /** @param field begins with the offending name; `null`: the line as a whole. */
  constructor(
    readonly field: string | null,
    message: string,
  ) {
    super(message);
  }
}

/** A value and its type, short, for an error. */
export function received(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${String(value.length)}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'number' && !Number.isFinite(value)) return 'a number beyond the range of float64';
  if (typeof value === 'string') return `"${value.slice(0, 40)}" (string)`;
  return `${String(value)} (${typeof value})`;
}

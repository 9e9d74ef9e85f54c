import type { RunHeader, RunLine, Sink } from './sink.js';

/** A sink that keeps what it is given. */
export interface MemorySink extends Sink {
  readonly headers: readonly RunHeader[];
  readonly lines: readonly RunLine[];
  /** Lines that were dropped, oldest first, to stay within `limit`. */
  readonly dropped: number;
}

/** Keeps the last `limit` lines of all kinds in memory. @param limit @default 100,000 */
export function memorySink({ limit = 100_000 }: { readonly limit?: number } = {}): MemorySink {
  if (!(limit >= 1))
    throw new RangeError(`memorySink: expected \`limit\` to be a number >= 1, got ${String(limit)} (${typeof limit})`);
  const headers: RunHeader[] = [];
  let lines: RunLine[] = [];
  let dropped = 0;
  return {
    name: 'memory',
    headers,
    get lines() {
      return lines.slice(-limit);
    },
    get dropped() {
      return dropped;
    },
    start: (header) => {
      headers.push(header);
    },
    write: (line) => {
      lines.push(line);
      if (lines.length > limit) dropped++;
      // Cut only now and then: a line costs O(1).
      if (lines.length > 2 * limit) lines = lines.slice(-limit);
    },
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

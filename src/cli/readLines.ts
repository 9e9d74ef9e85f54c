/** One line of a file. */
export interface Line {
  /** 1-based, counting physical lines. */
  readonly number: number;
  /** Without its line end. */
  readonly text: string;
  /** Did it end in a newline? Only the last may not. */
  readonly terminated: boolean;
}

const newline = 0x0a;
const byteOrderMark = '\uFEFF';

/**
 * The lines of a stream of bytes, split at `\n` alone (a `\r` before it and a byte order mark at the start are taken off; U+2028
 * splits nothing). Memory: one line and one chunk.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let number = 0;
  const lineOf = (terminated: boolean): Line => {
    number++;
    const text = Buffer.concat(parts).toString('utf8');
    parts = [];
    const start = number === 1 && text.startsWith(byteOrderMark) ? 1 : 0;
    return { number, text: text.slice(start, text.endsWith('\r') ? -1 : undefined), terminated };
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      parts.push(chunk.subarray(from, end));
      from = end + 1;
      yield lineOf(true);
    }
    if (from < chunk.length) parts.push(chunk.subarray(from));
  }
  if (parts.length > 0) yield lineOf(false);
}

import { once } from 'node:events';
import { createReadStream, statSync } from 'node:fs';
import cliProgress from 'cli-progress';
import { certifyLines } from './certifyLines.js';
import { messageOf } from '../messageOf.js';

/** Counts the bytes that pass. */
async function* counted(chunks: AsyncIterable<Uint8Array>, tell: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    tell(bytes);
    yield chunk;
  }
}

/**
 * `steepest certify`: certificates of a file (`-`: stdin) to stdout, a line each, in bounded memory. A reader that goes away ends
 * it without a word.
 *
 * @returns the exit code: 0, or 1 if some line or the file could not be read
 */
export async function certifyFile(file: string): Promise<number> {
  const size = file === '-' ? 0 : sizeOf(file);
  if (typeof size === 'string') {
    process.stderr.write(`steepest certify: ${size}\n`);
    return 1;
  }
  let readerGone = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    readerGone = true;
  });
  // Only where certificates do not go to the same terminal.
  const showsProgress = process.stderr.isTTY && !process.stdout.isTTY && size > 10_000_000;
  const bar = showsProgress ? new cliProgress.SingleBar({ format: 'certify {bar} {percentage} % {eta} s' }) : null;
  bar?.start(size, 0);
  const source: AsyncIterable<Uint8Array> =
    file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 1 << 20 });
  let faults = 0;
  const onTorn = (line: number): void => {
    process.stderr.write(`steepest certify: line ${String(line)}, the last, was torn off and is skipped\n`);
  };
  try {
    for await (const answer of certifyLines(
      counted(source, (bytes) => bar?.update(bytes)),
      onTorn,
    )) {
      if (answer.kind === 'error') faults++;
      if (readerGone) break;
      if (!process.stdout.write(`${JSON.stringify(answer)}\n`) && !readerGone)
        await Promise.race([once(process.stdout, 'drain'), once(process.stdout, 'close')]).catch(() => undefined);
    }
  } finally {
    bar?.stop();
  }
  return faults > 0 ? 1 : 0;
}

function sizeOf(file: string): number | string {
  try {
    const found = statSync(file);
    return found.isDirectory() ? `expected a file, got the folder ${file}` : found.size;
  } catch (error) {
    return `${file} can't be read: ${messageOf(error)}`;
  }
}

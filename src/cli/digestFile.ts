import { createReadStream, statSync } from 'node:fs';
import { RunDigest } from '../report/timeline/runDigest.js';
import { LineFault, received } from './lineFault.js';
import { type Line, readLines } from './readLines.js';
import { type RecordedLine, recordedLine } from './recordedLine.js';

/** Begins a line of the kind that a report does not need, and most of the file is. */
const stepLine = '{"kind":"step"';

/** What was met beside the lines a report is made from. */
interface Met {
  steps: number;
  used: number;
  faults: number;
  firstFault: string;
}

/**
 * Reads a recorded run into a digest, line by line: memory does not grow with the file. Lines that can't be read are counted and
 * noted in it.
 *
 * @param sharers runs on the page
 * @throws Error that says why no report can be made of the file
 */
export async function digestFile(file: string, label: string, sharers: number): Promise<RunDigest> {
  requireFile(file);
  const digest = new RunDigest(label, sharers);
  const met: Met = { steps: 0, used: 0, faults: 0, firstFault: '' };
  for await (const line of readLines(createReadStream(file, { highWaterMark: 1 << 20 }))) {
    if (line.text.startsWith(stepLine)) met.steps++;
    else if (line.text.trim() !== '') readInto(digest, met, line);
  }
  if (met.used === 0) throw new Error(`${file}: ${whyNothing(met)}`);
  if (met.faults > 0)
    digest.notes.push(
      `${String(met.faults)} ${met.faults === 1 ? 'line' : 'lines'} of the file could not be read and ${met.faults === 1 ? 'is' : 'are'} not in this report; the first: ${met.firstFault}.`,
    );
  if (digest.restarted)
    digest.notes.push(
      'The file holds several recordings, each with its own count of steps; here they stand one after the other, and steps are counted through.',
    );
  return digest;
}

function requireFile(file: string): void {
  let size: number;
  try {
    const found = statSync(file);
    if (found.isDirectory()) throw new Error(`expected a file, got the folder ${file}`);
    size = found.isFile() ? found.size : 1;
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'ENOENT')
      throw new Error(`${file}: there is no such file`, { cause: fault });
    throw fault;
  }
  if (size === 0) throw new Error(`${file}: expected a recorded run, got an empty file`);
}

function readInto(digest: RunDigest, met: Met, line: Line): void {
  try {
    const read = parsed(line);
    if (read === 'step') {
      met.steps++;
      return;
    }
    if (read === null) return;
    met.used++;
    if (read.kind === 'certificate') digest.certificate(read);
    else if (read.kind === 'window') digest.window(read);
    else if (read.kind === 'alert') digest.alert(read);
    else digest.header(read);
  } catch (fault) {
    if (!(fault instanceof LineFault)) throw fault;
    met.faults++;
    if (met.firstFault === '') met.firstFault = `line ${String(line.number)}, ${fault.message}`;
  }
}

function parsed({ text, terminated }: Line): RecordedLine | 'step' | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new LineFault(null, terminated ? 'not JSON' : 'the last, was torn off');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new LineFault('line', `expected an object, got ${received(value)}`);
  const kind: unknown = Reflect.get(value, 'kind');
  if (kind === 'step') return 'step';
  if (typeof kind !== 'string')
    throw new LineFault('kind', `kind: expected that of a line of a recorded run, got ${received(kind)}`);
  if (kind === 'error')
    throw new LineFault('kind', `kind: expected a certificate, got an error of \`steepest certify\``);
  return recordedLine(value);
}

function whyNothing({ steps, faults, firstFault }: Met): string {
  if (steps > 0)
    return `it has ${String(steps)} steps but no certificate; \`steepest certify\` makes them, and a report can be made of what it prints`;
  return faults > 0
    ? `expected a recorded run, as \`jsonlSink\` writes it; no line of it can be read: ${firstFault}`
    : 'expected a recorded run, as `jsonlSink` writes it; it has no line of one';
}

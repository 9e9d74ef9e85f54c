import type { Certificate } from '../certificates/certificate.js';
import { certify } from '../certificates/certify.js';
import { messageOf } from '../messageOf.js';
import { externalStep } from './externalStep.js';
import { LineFault, received } from './lineFault.js';
import { type Line, readLines } from './readLines.js';
import { recordedStep } from './recordedStep.js';

/** What a line that can't be read becomes, in its place. */
export interface LineError {
  readonly kind: 'error';
  readonly line: number;
  readonly field: string | null;
  readonly message: string;
}

/** Lines of a recorded run that carry no step. */
const passedOver = new Set(['run', 'certificate', 'window', 'alert']);

/**
 * One certificate for every step in a stream of lines, an error in the place of each that can't be read. Steps are those of a
 * recorded run, or of any framework. Blank lines are skipped; a last line that was torn off is told to `onTorn`.
 */
export async function* certifyLines(
  chunks: AsyncIterable<Uint8Array>,
  onTorn: (line: number) => void,
): AsyncGenerator<Certificate | LineError> {
  let steps = 0;
  for await (const line of readLines(chunks)) {
    if (line.text.trim() === '') continue;
    try {
      const step = stepOf(parsed(line), steps);
      if (step === null) continue;
      steps++;
      yield certify(step);
    } catch (fault) {
      const { field, message } = fault instanceof LineFault ? fault : unforeseen(fault);
      if (fault instanceof LineFault && field === null && !line.terminated) onTorn(line.number);
      else yield { kind: 'error', line: line.number, field, message };
    }
  }
}

/** A fault of ours costs one line, not those that follow. */
const unforeseen = (fault: unknown): Pick<LineError, 'field' | 'message'> => ({
  field: null,
  message: `this step could not be certified: ${messageOf(fault)}`,
});

function parsed({ text }: Line): unknown {
  try {
    return JSON.parse(text);
  } catch (fault) {
    // The engine's message repeats the line; what it stumbled over is enough.
    const [, token] = /Unexpected token '?(.)/u.exec(fault instanceof Error ? fault.message : '') ?? [];
    throw new LineFault(null, token === undefined ? 'not JSON: it ends too early' : `not JSON: unexpected '${token}'`);
  }
}

function stepOf(value: unknown, steps: number) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new LineFault('line', `line: expected an object, got ${received(value)}`);
  }
  const kind: unknown = Reflect.get(value, 'kind');
  if (kind === undefined) return externalStep(value as Record<string, unknown>, steps);
  if (kind === 'step') return recordedStep(value);
  if (typeof kind === 'string' && passedOver.has(kind)) return null;
  throw new LineFault('kind', `kind: expected 'step' or another kind of a recorded run, got ${received(kind)}`);
}

import { palette } from '../figure.js';
import type { RunDigest } from '../timeline/runDigest.js';
import { binsFor } from './shared.js';

/** Where alerts stand on the time line, for pictures other than their own; nothing where they would hide the rest. */
export function alertMoments(run: RunDigest, width: number): { at: number; color: string }[] {
  const moments = run
    .time(binsFor(width))
    .filter(({ content }) => run.rules.some(({ rule }) => content.counts.has(`alert/${rule}`)))
    .map(({ from, to }) => ({ at: (from + to) / 2, color: palette.orange }));
  return moments.length > 30 ? [] : moments;
}

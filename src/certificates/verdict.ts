import type { State, Verdict } from './certificate.js';

/** The strongest statement that the two conditions prove. */
export function verdict(alignment: State, effective: State): Verdict {
  if (alignment === 'holds') return effective === 'fails' ? 'overshoot' : 'natural-gradient';
  if (effective === 'holds') return 'discrete-natural-gradient';
  return alignment === 'fails' ? 'not-natural-gradient' : 'unresolved';
}

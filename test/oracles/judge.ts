import * as tf from '@tensorflow/tfjs';
import { gradientAt, lossAt } from './float64Networks.js';
import type { WatchedStep } from './watchedSteps.js';

/** What became of the claims of some steps. */
export interface Judgement {
  /** How many there were: alignment or effective that `holds` or `fails`. */
  readonly claims: number;
  /** Those that float64 contradicts, in words. */
  readonly lies: string[];
  /** How many steps were left open. */
  readonly open: number;
}

/** No number makes neither true. */
const truth = { holds: (value: number) => value > 0, fails: (value: number) => value <= 0 };

/** Holds the claims of both conditions against float64 at the very θ and θ': on cpu, wherever the data were before. */
export function judge(
  { loss, variables }: { readonly loss: () => tf.Scalar; readonly variables: readonly tf.Variable[] },
  steps: readonly WatchedStep[],
): Judgement {
  // Brings all data over before anything is computed in float64.
  tf.tidy(() => void loss());
  const lies: string[] = [];
  let claims = 0;
  let open = 0;
  for (const { certificate, before, after } of steps) {
    const gradient = gradientAt(loss, variables, before);
    const exact = {
      alignment: -gradient.reduce((sum, value, i) => sum + value * ((after[i] as number) - (before[i] as number)), 0),
      effective: lossAt(loss, variables, before) - lossAt(loss, variables, after),
    };
    for (const name of ['alignment', 'effective'] as const) {
      const { state, value, tolerance } = certificate[name];
      if (state !== 'holds' && state !== 'fails') continue;
      claims++;
      if (!truth[state](exact[name]))
        lies.push(`${name} of step ${certificate.step} ${state}: ${value} ± ${tolerance}, float64 ${exact[name]}`);
    }
    if (certificate.verdict === 'unresolved') open++;
  }
  return { claims, lies, open };
}

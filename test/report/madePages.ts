import { loadPlotting } from '../../src/report/plotting.js';
import { page } from '../../src/report/page/page.js';
import { RunDigest } from '../../src/report/timeline/runDigest.js';
import type { Certificate } from '../../src/core.js';
import { alertOf, certificateOf, header, type Shares, uniform, windowOf } from './recordedRun.js';

/** Names that would run, were they not escaped. */
export const nasty = `<img src=x onerror="window.ran=1">"'</script><script>window.ran=1</script><svg onload=window.ran=1>&amp;]]>`;

export interface Made extends Partial<Shares> {
  readonly steps: number;
  readonly seed?: number;
  readonly label?: string;
  readonly alertEvery?: number;
  readonly windows?: boolean;
  /** What a certificate is changed to. */
  readonly as?: (certificate: Certificate) => Certificate;
}

/** The digest of a made-up run. */
export function madeDigest(made: Made): RunDigest {
  const { steps, seed = 1, label = 'run.jsonl', alertEvery = 97, windows = true, as = (given) => given } = made;
  const shares: Shares = { climbs: 0.02, rises: 0.05, exceeds: 0.2, variables: 6, ...made };
  const random = uniform(seed);
  const digest = new RunDigest(label);
  digest.header(header());
  for (let step = 0; step < steps; step++) {
    digest.certificate(as(certificateOf(step, random, shares)));
    if (windows && step % 20 === 19) digest.window(windowOf(step - 19, step));
    if (step % alertEvery === alertEvery - 1) digest.alert(alertOf(step));
  }
  return digest;
}

const open = { value: null, tolerance: null, bound: 0 } as const;

/** A step whose loss, or whose gradient, was NaN. */
export const nothingKnown = (given: Certificate): Certificate => ({
  ...given,
  verdict: 'unresolved',
  alignment: { ...open, state: 'unresolved', reason: 'non-finite: the gradient has NaN' },
  effective: { ...open, state: 'unresolved', reason: 'non-finite: the loss is NaN or Infinity' },
  stepSize: { ...given.stepSize, ...open, state: 'unresolved', reason: '', etaMaxOptimal: null, etaMaxSupremum: null },
  metric: null,
  psiFloor: null,
  structure: null,
  variables: given.variables.map((variable) => ({ ...variable, alignment: 0, psi: null })),
  lossBefore: null,
  lossAfter: null,
  predictedDecrease: null,
});

/** A step of plain gradient descent: ψ is rounding, every eigenvalue 1. */
export const plainDescent = (given: Certificate): Certificate => ({
  ...given,
  verdict: 'natural-gradient',
  metric: given.metric && {
    ...given.metric,
    psi: 2e-6,
    alpha: 1,
    conditionNumber: 1,
    eigenvalueMin: 1,
    eigenvalueMax: 1,
  },
  variables: given.variables.map((variable) => ({ ...variable, psi: 1e-6 })),
});

const named =
  (name: string) =>
  (given: Certificate): Certificate => ({
    ...given,
    variables: given.variables.map((variable) => ({ ...variable, name: `${name}${variable.name}` })),
  });

/** A run that says everything in markup. */
export function nastyDigest(): RunDigest {
  const digest = madeDigest({ steps: 60, label: `${nasty}.jsonl`, as: named(nasty) });
  digest.header(
    header({
      steepest: nasty,
      tfjs: nasty,
      backend: nasty,
      startedAt: nasty,
      model: { name: nasty, parameters: 1, layers: [nasty] },
      options: { [nasty]: nasty },
    }),
  );
  digest.alert(alertOf(59, { rule: nasty, title: nasty, message: nasty, evidence: { [nasty]: nasty } }));
  digest.notes.push(nasty);
  return digest;
}

/** The kinds of runs that pages are made of. */
export const kinds: Readonly<Record<string, () => readonly RunDigest[]>> = {
  'an ordinary run': () => [madeDigest({ steps: 188 })],
  'a long run': () => [madeDigest({ steps: 5000, seed: 2 })],
  'a run that always fails': () => [madeDigest({ steps: 3000, climbs: 0.5, rises: 0.5, alertEvery: 2 })],
  'one step': () => [madeDigest({ steps: 1 })],
  'no step': () => [madeDigest({ steps: 0 })],
  'nothing but NaN': () => [madeDigest({ steps: 100, as: nothingKnown })],
  'plain gradient descent': () => [madeDigest({ steps: 120, climbs: 0, as: plainDescent })],
  'one variable': () => [madeDigest({ steps: 50, variables: 1 })],
  '500 variables': () => [madeDigest({ steps: 400, variables: 500, as: named('a/rather/long/scope/of/') })],
  'names of markup': () => [nastyDigest()],
  'many rules': () => [manyRules()],
  'two runs': () => [
    madeDigest({ steps: 188, label: 'a.jsonl' }),
    madeDigest({ steps: 90, seed: 3, label: 'b.jsonl' }),
  ],
  'a run and an empty one': () => [
    madeDigest({ steps: 50, label: 'a.jsonl' }),
    madeDigest({ steps: 0, label: 'b.jsonl' }),
  ],
};

function manyRules(): RunDigest {
  const digest = madeDigest({ steps: 200 });
  for (let i = 0; i < 40; i++)
    digest.alert(alertOf(150 + i, { rule: `my-own-rule-with-a-long-name-${String(i)}`, level: 'error' }));
  return digest;
}

export const pageOf = async (runs: readonly RunDigest[]): Promise<string> =>
  page(await loadPlotting(), { runs, version: '0.1.0' });

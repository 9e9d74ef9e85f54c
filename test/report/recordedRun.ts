import { xorshift128plus } from 'pure-rand/generator/xorshift128plus';
import type { Alert, Certificate, Condition, RunHeader, State, Verdict, WindowCertificate } from '../../src/core.js';
import { verdict } from '../../src/certificates/verdict.js';

/** Uniform numbers in [0, 1) from a seed. */
export function uniform(seed: number): () => number {
  const generator = xorshift128plus(seed);
  return () => (generator.next() >>> 0) / 2 ** 32;
}

export const header = (over: Partial<RunHeader> = {}): RunHeader => ({
  kind: 'run',
  version: 1,
  run: 0,
  steepest: '0.1.0',
  tfjs: '4.22.0',
  backend: 'cpu',
  model: { name: 'sequential_1', parameters: 50_890, layers: ['hidden (Dense)', 'output (Dense)'] },
  options: { preset: 'full' },
  startedAt: '2026-01-01T00:00:00.000Z',
  ...over,
});

const condition = (state: State, value: number | null, tolerance: number | null): Condition => ({
  state,
  value: state === 'skipped' ? null : value,
  bound: state === 'skipped' ? null : 0,
  tolerance: state === 'skipped' ? null : tolerance,
  reason: state === 'unresolved' ? 'within the rounding error of the gradients' : '',
});

/** How often a made-up step fails. */
export interface Shares {
  readonly climbs: number;
  readonly rises: number;
  readonly exceeds: number;
  readonly variables: number;
}

/** A certificate of a made-up step. */
export function certificateOf(step: number, random: () => number, shares: Shares): Certificate {
  const alignment: State = random() < shares.climbs ? 'fails' : 'holds';
  const effective: State = step % 4 !== 0 ? 'skipped' : random() < shares.rises ? 'fails' : 'holds';
  const psi = (0.02 + 0.9 * random()) * (Math.PI / 2);
  const [s, c] = [Math.sin(psi), Math.cos(psi)];
  const loss = 2.3 * Math.exp(-step / 30_000) * (0.9 + 0.2 * random());
  const bound = 0.1 * (0.5 + 4 * random());
  const sized = step % 64 === 0;
  return {
    kind: 'certificate',
    version: 1,
    step,
    run: 0,
    epoch: 0,
    verdict: verdict(alignment, effective) satisfies Verdict,
    alignment: condition(alignment, (alignment === 'fails' ? -1 : 1) * Math.exp(4 * random() - 2), 1e-5),
    effective: condition(effective, (effective === 'fails' ? -0.01 : 0.01) * (0.1 + random()), 1e-6),
    stepSize: {
      ...condition(sized ? (random() < shares.exceeds ? 'fails' : 'holds') : 'skipped', 0.1, null),
      etaMaxOptimal: sized ? bound / 2 : null,
      etaMaxSupremum: sized ? bound : null,
      hessianMin: sized ? -random() : null,
      discreteGradient: null,
    },
    discreteGradient: null,
    metric:
      alignment === 'fails'
        ? null
        : {
            psi,
            alpha: 1 / c,
            conditionNumber: ((1 + s) / c) ** 2,
            eigenvalueMin: c / (1 + s),
            eigenvalueMax: (1 + s) / c,
            dimension: 50_890,
          },
    psiFloor: 1e-5,
    structure: alignment === 'fails' ? 'none' : 'dense',
    variables: Array.from({ length: shares.variables }, (_, i) => ({
      name: `layer${String(i >> 1)}/${i % 2 === 0 ? 'kernel' : 'bias'}`,
      size: 64,
      alignment: random() - 0.2,
      psi: random() * Math.PI,
    })),
    lossBefore: loss,
    lossAfter: effective === 'skipped' ? null : loss - 0.01,
    predictedDecrease: 0.01,
    learningRate: 0.1,
  };
}

export const windowOf = (from: number, step: number): WindowCertificate => ({
  kind: 'window',
  version: 1,
  from,
  step,
  size: step - from + 1,
  alignment: condition('holds', 1, 1e-6),
  effective: condition('unresolved', null, null),
  psi: 0.5 + 0.4 * Math.sin(step),
  smallestEffective: step % 3 === 0 ? null : 1 + (step % 7),
});

export const alertOf = (step: number, over: Partial<Alert> = {}): Alert => ({
  kind: 'alert',
  version: 1,
  step,
  level: 'warn',
  rule: 'overshoot',
  title: 'The step is too long',
  message: `at step ${String(step)} the loss rose by 0.1 although the direction descends`,
  evidence: { decrease: -0.1, learningRate: 0.1 },
  ...over,
});

/** The lines of a made-up run as JSON, `step` lines not included. */
export function* linesOf(steps: number, seed: number, shares: Shares, alertEvery = 1000): Generator<string> {
  const random = uniform(seed);
  yield JSON.stringify(header());
  for (let step = 0; step < steps; step++) {
    yield JSON.stringify(certificateOf(step, random, shares));
    if (step % 20 === 19) yield JSON.stringify(windowOf(step - 19, step));
    if (step % alertEvery === alertEvery - 1) yield JSON.stringify(alertOf(step));
  }
}

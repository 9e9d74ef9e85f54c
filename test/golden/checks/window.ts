import { asymmetry, crossGram, symmetricPartMin } from '../../../src/geometry/constantMetric.js';
import { advanceLeastChange, emptyLeastChange, leastChange } from '../../../src/geometry/leastChange.js';
import { angle } from '../../../src/geometry/angle.js';
import { spectrum } from '../../../src/geometry/spectrum.js';
import { stackedGram } from '../../../src/geometry/window.js';
import { gram } from '../../../src/linalg/gram.js';
import { Findings } from './compare.js';

export interface WindowCase {
  kind: string;
  y: number[][];
  g: number[][];
  crossGram: number[][];
  stacked: {
    yy: number;
    gg: number;
    yg: number;
    dimension: number;
    psi?: number;
    eigenvalueMin?: number;
    eigenvalueMax?: number;
    conditionNumber?: number;
  };
  asymmetry: number;
  symmetricPartMin: number;
  initialScale: number;
  leastChangeEigenvalues: number[];
}

const nan = Number.NaN;

/** A window of steps: stacked, under one metric or under none, and the metric of least change that follows it. */
export function checkWindow(cases: readonly WindowCase[]): string[] {
  const found = new Findings();
  cases.forEach((one, i) => {
    const at = `cases[${i}]`;
    const { y, g } = one;
    const cross = crossGram(y, g);
    cross.forEach((row, k) => {
      found.vectors(`${at}.crossGram[${k}]`, one.crossGram[k] ?? [], row, 1e-9);
    });
    const size = Math.max(...cross.flat().map(Math.abs));
    // Rounding is not compared with rounding.
    if (one.kind === 'constant-metric') {
      found.close(`${at}.asymmetry`, 0, asymmetry(cross), 1e-9, 1);
      found.close(`${at}.asymmetry, given`, 0, one.asymmetry, 1e-9, 1);
    } else found.close(`${at}.asymmetry`, one.asymmetry, asymmetry(cross), 1e-8);
    found.close(`${at}.symmetricPartMin`, one.symmetricPartMin, symmetricPartMin(cross), 1e-9, size);
    found.close(`${at}.symmetricPartMin`, one.symmetricPartMin, symmetricPartMin(cross), 1e-6);

    const stacked = stackedGram(y.map((each, k) => gram(each, g[k] ?? [])));
    for (const name of ['yy', 'gg', 'yg', 'dimension'] as const)
      found.close(`${at}.stacked.${name}`, one.stacked[name], stacked[name], 1e-9);
    const whole = spectrum(stacked);
    const expected = one.stacked.psi !== undefined;
    found.is(`${at}.stacked.psi`, expected, whole !== null);
    if (expected) {
      found.close(`${at}.stacked.psi`, one.stacked.psi ?? nan, angle(stacked)?.psi ?? nan, 1e-8);
      for (const name of ['eigenvalueMin', 'eigenvalueMax', 'conditionNumber'] as const)
        found.close(`${at}.stacked.${name}`, one.stacked[name] ?? nan, whole?.[name] ?? nan, 1e-5);
    }

    const state = y.reduce(
      (before, each, k) => advanceLeastChange(before, each, g[k] ?? []),
      emptyLeastChange({ scale: one.initialScale, memory: y.length, damping: 0 }),
    );
    const within = leastChange(state)?.spectrum().withinSpan ?? [];
    const outside = Array.from({ length: (y[0]?.length ?? 0) - within.length }, () => one.initialScale);
    const eigenvalues = [...within, ...outside].sort((a, b) => a - b);
    found.is(`${at}.leastChangeEigenvalues`, one.leastChangeEigenvalues.length, eigenvalues.length);
    eigenvalues.forEach((value, k) => {
      found.close(`${at}.leastChangeEigenvalues[${k}]`, one.leastChangeEigenvalues[k] ?? nan, value, 1e-6);
    });
  });
  return found.problems;
}

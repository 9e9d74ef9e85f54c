import Table from 'cli-table3';
import type { StepSizeSweep, SweepRow } from '../certificates/stepSizeSweep.js';
import { bareTable } from './bareTable.js';

const figure = (value: number | null, digits = 4): string =>
  value === null ? '–' : value === 0 ? '0' : value.toPrecision(digits);
const degrees = (psi: number | null): string => (psi === null ? '–' : `${((psi * 180) / Math.PI).toPrecision(3)}°`);

/** A sweep for a person to read: a table of the rates, then what it says in sentences. */
export function describeSweep(sweep: StepSizeSweep): string {
  const table = new Table({
    head: ['η', 'L(θ+ηg)', 'decrease', 'loss fell', '‖ȳ−y‖/‖y‖', 'ψ', 'η_max best', 'η_max canonical', 'bound'],
    colAligns: ['right', 'right', 'right', 'left', 'right', 'right', 'right', 'right', 'left'],
    ...bareTable(),
  });
  for (const row of sweep.rows) table.push(cellsOf(row));
  return `${table.toString()}\n\n${sentencesOf(sweep).join('\n')}`;
}

function cellsOf(row: SweepRow): string[] {
  return [
    figure(row.eta),
    figure(row.loss),
    figure(row.decrease, 3),
    row.effective,
    figure(row.distance, 3),
    degrees(row.psi),
    figure(row.etaMaxSupremum, 3),
    figure(row.etaMaxOptimal, 3),
    row.stepSize,
  ];
}

function sentencesOf({
  lossBefore,
  alignment,
  psi,
  overshoot,
  exceeded,
  discreteGradient,
  rows,
}: StepSizeSweep): string[] {
  const limits = rows
    .map(({ hessianMinLower, hessianMin }) => hessianMinLower ?? hessianMin)
    .filter((each) => each !== null);
  return [
    `L(θ) = ${figure(lossBefore, 6)}; y·g ${alignment.state === 'holds' ? '> 0' : alignment.state === 'fails' ? '≤ 0' : 'is not resolved'}, the angle of y and g is ${degrees(psi)}; ȳ is ${discreteGradient}.`,
    overshoot === null
      ? noPlace(rows)
      : `The loss stops being lower between η = ${figure(overshoot.low)} and ${figure(overshoot.high)}: above, the step overshoots.`,
    exceeded === null
      ? 'The sufficient bound is exceeded at no rate for certain.'
      : `The sufficient bound is exceeded from η = ${figure(exceeded)} on. Below, a metric of the canonical family makes the step exact natural gradient descent; above, another metric may.`,
    ...(limits.length === 0 ? [] : [`Smallest curvature along the way: at least ${figure(Math.min(...limits), 3)}.`]),
  ];
}

/** Why there is no rate between those that lower the loss and those that raise it. */
export function noPlace(rows: readonly SweepRow[]): string {
  if (rows.every(({ effective }) => effective !== 'fails')) return 'The loss rose at no rate of this range.';
  return rows.some(({ effective }) => effective === 'holds')
    ? 'The loss fell only at rates above those at which it rose.'
    : 'The loss fell at no rate of this range.';
}

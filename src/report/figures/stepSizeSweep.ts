import type { StepSizeSweep, SweepRow } from '../../certificates/stepSizeSweep.js';
import { type Cell, colors, type Figure } from '../figure.js';
import type { Plotting } from '../plotting.js';
import { noPlace } from '../stepSizeSweep.js';

type Row = Readonly<Record<string, Cell>>;

const height = 250;
const margins = { marginLeft: 64, marginRight: 24, marginTop: 28, marginBottom: 40 };
const rateAxis = { type: 'log', label: 'η →', grid: true, tickFormat: '~g' } as const;
const toDegrees = 180 / Math.PI;

/** What a sweep shows: the loss, the two bounds beside the rate itself, and how far `ȳ` is from `y`. */
export const stepSizeSweepFigures = (sweep: StepSizeSweep): Figure[] => [
  lossFigure(sweep),
  boundsFigure(sweep),
  discreteFigure(sweep),
];

const missingOf = (rows: readonly Row[], column: string, what: string): string | null =>
  rows.some((row) => row[column] !== null) ? null : `There is nothing to draw: ${what}.`;

function placeOf({ overshoot, rows }: StepSizeSweep): string {
  if (overshoot === null) return noPlace(rows);
  return `It stops being lower between η = ${figure(overshoot.low)} and ${figure(overshoot.high)}.`;
}

const figure = (value: number): string => value.toPrecision(4);

function lossFigure(sweep: StepSizeSweep): Figure {
  const slope = sweep.alignment.value;
  const rows = sweep.rows.map((row) => ({
    eta: row.eta,
    loss: row.loss,
    predicted: slope === null || sweep.lossBefore === null ? null : sweep.lossBefore - row.eta * slope,
    effective: row.effective,
  }));
  const before = sweep.lossBefore;
  return {
    name: 'sweep-loss',
    title: 'The loss after one step, by its rate',
    caption: `Same θ, same direction, another η each. ${placeOf(sweep)} The dashed line is what the gradient alone promises.`,
    alt: `Loss after one step against the rate, on a logarithmic axis. ${placeOf(sweep)}`,
    rows,
    missing: missingOf(rows, 'loss', 'the loss was finite at no rate'),
    draw: ({ plot, document }, width) => {
      const losses = rows.map(({ loss }) => loss).filter((loss) => loss !== null);
      const [least, most] = [Math.min(...losses, before ?? Infinity), Math.max(...losses, before ?? -Infinity)];
      const room = 0.08 * (most - least || 1);
      return plot.plot({
        document,
        width,
        height,
        ...margins,
        x: rateAxis,
        y: { label: '↑ L(θ + ηg)', grid: true, domain: [least - room, most + room] },
        marks: [
          ...(before === null ? [] : [plot.ruleY([before], { stroke: colors.plain })]),
          ...(before === null
            ? []
            : [plot.text(['L(θ)'], { y: before, frameAnchor: 'left', dx: 4, dy: -8, fill: colors.plain })]),
          plot.line(
            rows.filter(({ predicted }) => predicted !== null && predicted >= least - room),
            { x: 'eta', y: 'predicted', stroke: colors.y, strokeDasharray: '4 4' },
          ),
          plot.line(rows, { x: 'eta', y: 'loss', stroke: colors.g, strokeWidth: 2 }),
          plot.dot(rows, { x: 'eta', y: 'loss', r: 2.5, fill: colors.g }),
          ...overshootMarks(sweep, { plot, document }),
        ],
      });
    },
  };
}

function overshootMarks({ overshoot }: StepSizeSweep, { plot }: Plotting) {
  if (overshoot === null) return [];
  return [
    plot.ruleX([overshoot.high], { stroke: colors.other, strokeWidth: 1.5 }),
    plot.text(['overshoots'], {
      x: overshoot.high,
      frameAnchor: 'top',
      textAnchor: 'end',
      dx: -4,
      dy: 4,
      fill: colors.other,
    }),
  ];
}

const kindsOfBound = [
  { bound: 'etaMaxSupremum', label: 'η_max, best over all metrics', color: colors.metric },
  { bound: 'etaMaxOptimal', label: 'η_max, best-conditioned metric', color: colors.y },
] as const satisfies readonly { bound: keyof SweepRow; label: string; color: string }[];

function boundsFigure(sweep: StepSizeSweep): Figure {
  const rows = sweep.rows.map(({ eta, etaMaxSupremum, etaMaxOptimal, hessianMinLower, stepSize }) => ({
    eta,
    etaMaxSupremum,
    etaMaxOptimal,
    hessianMinLower,
    stepSize,
  }));
  const said =
    sweep.exceeded === null
      ? 'At no rate is the sufficient bound exceeded for certain.'
      : `From η = ${figure(sweep.exceeded)} on the sufficient bound is exceeded.`;
  return {
    name: 'sweep-bounds',
    title: 'The rate against its two sufficient bounds',
    caption: `Where a bound lies above the grey line, the rate is below it: a metric of the canonical family makes this step exact natural gradient descent. ${said} The bounds are sufficient, never necessary.`,
    alt: `Both sufficient bounds of the rate against the rate itself, both axes logarithmic. ${said}`,
    rows,
    missing: missingOf(
      rows,
      'etaMaxSupremum',
      'no rate has a bound (the Hessian is not negative anywhere, or its curvature is not known)',
    ),
    draw: ({ plot, document }, width) =>
      plot.plot({
        document,
        width,
        height: height + 24,
        ...margins,
        x: rateAxis,
        y: { type: 'log', label: '↑ η_max', grid: true, tickFormat: '~g' },
        marks: [
          plot.line(rows, { x: 'eta', y: 'eta', stroke: colors.plain, strokeWidth: 1.5 }),
          ...kindsOfBound.flatMap(({ bound, color }) => {
            const known = rows.filter((row) => (row[bound] ?? 0) > 0);
            return [
              plot.line(known, { x: 'eta', y: bound, stroke: color, strokeWidth: 2 }),
              plot.dot(known, { x: 'eta', y: bound, r: 2.5, fill: color }),
            ];
          }),
          // The lower left is free: the bounds fall where the rate rises.
          ...[...kindsOfBound, { label: 'η itself', color: colors.plain }].map(({ label, color }, i) =>
            plot.text([label], {
              frameAnchor: 'bottom-left',
              textAnchor: 'start',
              dx: 10,
              dy: 15 * i - 40,
              fill: color,
            }),
          ),
          ...overshootMarks(sweep, { plot, document }).slice(0, 1),
        ],
      }),
  };
}

function discreteFigure(sweep: StepSizeSweep): Figure {
  const rows = sweep.rows.map(({ eta, distance, psi }) => ({
    eta,
    distance,
    psiDegrees: psi === null ? null : psi * toDegrees,
  }));
  const limit = sweep.psi === null ? null : sweep.psi * toDegrees;
  const where = limit === null ? '' : ` ψ goes to ${limit.toPrecision(3)}°, the angle of y and g itself.`;
  return {
    name: 'sweep-discrete',
    title: `The discrete gradient (${sweep.discreteGradient}) becomes the gradient`,
    caption: `‖ȳ − y‖/‖y‖ goes to 0 as η does.${where}`,
    alt: `Relative distance of the discrete gradient from the gradient against the rate, both axes logarithmic.${where}`,
    rows,
    missing: missingOf(rows, 'distance', 'no rate has a discrete gradient'),
    draw: ({ plot, document }, width) =>
      plot.plot({
        document,
        width,
        height,
        ...margins,
        x: rateAxis,
        y: { type: 'log', label: '↑ ‖ȳ − y‖ / ‖y‖', grid: true, tickFormat: '~g' },
        marks: [
          plot.line(
            rows.filter(({ distance }) => (distance ?? 0) > 0),
            { x: 'eta', y: 'distance', stroke: colors.y, strokeWidth: 2 },
          ),
          plot.dot(
            rows.filter(({ distance }) => (distance ?? 0) > 0),
            { x: 'eta', y: 'distance', r: 2.5, fill: colors.y },
          ),
          plot.text(
            rows.filter(({ psiDegrees, distance }, i) => psiDegrees !== null && (distance ?? 0) > 0 && i % 4 === 2),
            {
              x: 'eta',
              y: 'distance',
              text: ({ psiDegrees }: (typeof rows)[number]) => `ψ ${(psiDegrees ?? 0).toPrecision(3)}°`,
              dy: -11,
              fill: colors.other,
            },
          ),
        ],
      }),
  };
}

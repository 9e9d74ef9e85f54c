import Table from 'cli-table3';
import type { GalleryRow } from './galleryRow.js';

/** In percent; with a decimal where it would otherwise seem none or all. */
function share(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '·';
  const percent = (100 * part) / whole;
  return percent === 100 || (percent > 1 && percent < 99) ? percent.toFixed(0) : percent.toFixed(1);
}
const number = (value: number | null): string =>
  value === null ? '–' : Math.abs(value) >= 1e4 ? value.toExponential(0).replace('+', '') : value.toPrecision(3);
const degrees = (radians: number | null): string =>
  radians === null ? '–' : `${((radians * 180) / Math.PI).toFixed(1)}°`;

function simplest({ structure, steps }: GalleryRow): string {
  const [first] = Object.entries(structure).sort(([, a], [, b]) => b - a);
  return first === undefined ? '–' : `${first[0]} ${share(first[1], steps)}`;
}

/** What a rule that does not learn shows of it. */
function chance({ rule, aligned, alignedInterval, meanDecrease, steps }: GalleryRow): string {
  const [low, high] = alignedInterval.map((bound) => (100 * bound).toFixed(0)) as [string, string];
  const down = `${rule}: aligned at ${aligned === 0 ? 'none' : `${share(aligned, steps)} %`} of its steps (95 % interval ${low}–${high} %)`;
  if (meanDecrease === null) return down;
  const { value, interval } = meanDecrease;
  const change = (decrease: number): string => `${decrease < 0 ? '+' : '−'}${Math.abs(decrease).toPrecision(2)}`;
  const [least, most] = interval;
  const word = least > 0 ? '' : `: not ${most < 0 ? '' : 'shown to be '}effective on average`;
  const bounds = `${change(interval[1])} … ${change(interval[0])}`;
  return `${down}; the loss changes by ${change(value)} a step (${bounds})${word}`;
}

const notes = [
  'natural, discrete, overshoot, not, open: % of the steps by verdict (open: unresolved); ψ: median angle between −∇L and the step;',
  'κ: median condition number of the best metric; simplest metric: the most frequent, in % of the steps; T: the loss fell over every',
  'T steps; layers: % of the steps at which each layer alone went down its own gradient. Below the line: rules that do not learn.',
];

/** The rows as a table for a terminal, about 130 columns wide; a few lines on how to read it follow. */
export function galleryTable(rows: readonly GalleryRow[]): string {
  const table = new Table({
    head: [
      'rule',
      'natural',
      'discrete',
      'overshoot',
      'not',
      'open',
      'ψ',
      'κ',
      'simplest metric',
      'T',
      'loss',
      'layers',
    ],
    colAligns: ['left', ...Array<'right'>(7).fill('right'), 'left', 'right', 'left', 'left'],
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 1 },
    chars: plain,
  });
  const cells = (row: GalleryRow): string[] => [
    row.rule,
    ...(
      ['natural-gradient', 'discrete-natural-gradient', 'overshoot', 'not-natural-gradient', 'unresolved'] as const
    ).map((verdict) => share(row.verdicts[verdict], row.steps)),
    degrees(row.psiMedian),
    number(row.conditionNumberMedian),
    simplest(row),
    row.window === null ? '–' : String(row.window),
    `${number(row.lossBefore)} → ${number(row.lossAfter)}`,
    row.layers.map(({ aligned }) => (100 * aligned).toFixed(0)).join(' '),
  ];
  const others = rows.filter(({ learning }) => !learning);
  table.push(...rows.filter(({ learning }) => learning).map(cells));
  if (others.length > 0) table.push([{ colSpan: 12, content: '─'.repeat(24) }], ...others.map(cells));
  const lines = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  return `${lines.join('\n')}\n\n${others.map((row) => `${chance(row)}\n`).join('')}\n${notes.join('\n')}`;
}

const plain = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
    'middle',
  ].map((part) => [part, part === 'middle' ? ' ' : '']),
);

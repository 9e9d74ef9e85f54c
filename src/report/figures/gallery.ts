import type { Verdict } from '../../certificates/certificate.js';
import type { Figure } from '../figure.js';
import type { GalleryRow } from '../galleryRow.js';

const verdicts: readonly (readonly [Verdict, string])[] = [
  ['natural-gradient', '#2a7f62'],
  ['discrete-natural-gradient', '#8cc7a1'],
  ['overshoot', '#e6a23c'],
  ['unresolved', '#c8c8c8'],
  ['not-natural-gradient', '#c0392b'],
];

/**
 * The gallery: for each rule the shares of the verdicts; beside each bar its median ψ, T, and the % of the steps at which each layer
 * alone went down its own gradient.
 */
export function galleryFigure(rows: readonly GalleryRow[]): Figure {
  const shares = rows.flatMap((row) =>
    verdicts.map(([verdict]) => ({
      rule: row.rule,
      verdict,
      share: (100 * row.verdicts[verdict]) / Math.max(1, row.steps),
    })),
  );
  // The legend is part of the picture: one of Plot's own would make it HTML. Each entry begins where the one before ends.
  const legend = verdicts.map(([verdict], i) => ({ verdict, at: [0, 21, 48, 65, 82][i] as number }));
  const angles = rows.map(({ rule, psiMedian, window, layers }) => ({
    rule,
    text: [
      `ψ ${psiMedian === null ? '–' : `${((psiMedian * 180) / Math.PI).toFixed(0)}°`}`,
      `T ${window === null ? '–' : String(window)}`,
      layers.map(({ aligned }) => (100 * aligned).toFixed(0)).join(' '),
    ].join(' · '),
  }));
  return {
    name: 'gallery',
    title: 'Learning rules and what their steps are',
    caption:
      'The verdicts of the steps of each rule. Beside each bar: the median ψ, the smallest T over which the loss always fell, and the % of the steps at which each layer alone went down its own gradient.',
    alt: rows
      .map(
        ({ rule, steps, verdicts: given }) =>
          `${rule}: ${String(given['natural-gradient'])} of ${String(steps)} steps natural gradient descent.`,
      )
      .join(' '),
    rows: shares,
    missing: rows.length === 0 ? 'No rule was run.' : null,
    draw: ({ plot, document }, width) =>
      plot.plot({
        document,
        width,
        height: 60 + 24 * rows.length,
        marginLeft: 190,
        marginRight: 180,
        marginTop: 30,
        x: { label: '% of the steps', domain: [0, 100] },
        y: { label: null, domain: rows.map(({ rule }) => rule), padding: 0.25 },
        color: { domain: verdicts.map(([verdict]) => verdict), range: verdicts.map(([, colour]) => colour) },
        marks: [
          plot.barX(
            shares,
            plot.stackX({ y: 'rule', x: 'share', fill: 'verdict', order: verdicts.map(([verdict]) => verdict) }),
          ),
          plot.text(angles, { y: 'rule', x: 100, text: 'text', textAnchor: 'start', dx: 8 }),
          plot.dot(legend, { x: 'at', frameAnchor: 'top', dy: -14, r: 4, fill: 'verdict' }),
          plot.text(legend, { x: 'at', frameAnchor: 'top', dy: -14, dx: 8, textAnchor: 'start', text: 'verdict' }),
        ],
      }),
  };
}

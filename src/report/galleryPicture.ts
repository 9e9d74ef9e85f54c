import type * as PlotLibrary from '@observablehq/plot';
import type { Verdict } from '../certificates/certificate.js';
import type { GalleryRow } from './galleryRow.js';

const verdicts: readonly (readonly [Verdict, string])[] = [
  ['natural-gradient', '#2a7f62'],
  ['discrete-natural-gradient', '#8cc7a1'],
  ['overshoot', '#e6a23c'],
  ['unresolved', '#c8c8c8'],
  ['not-natural-gradient', '#c0392b'],
];

/**
 * The rows as a picture, an SVG document: for each rule the shares of the verdicts; beside each bar its median ψ, T, and the % of the
 * steps at which each layer alone went down its own gradient.
 *
 * @throws Error that says what to install where `@observablehq/plot` or `linkedom` is missing
 */
export async function galleryPicture(rows: readonly GalleryRow[]): Promise<string> {
  const { Plot, document } = await drawing();
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
  const plot = Plot.plot({
    document,
    width: 940,
    height: 60 + 24 * rows.length,
    marginLeft: 190,
    marginRight: 150,
    x: { label: '% of the steps', domain: [0, 100] },
    y: { label: null, domain: rows.map(({ rule }) => rule), padding: 0.25 },
    color: { domain: verdicts.map(([verdict]) => verdict), range: verdicts.map(([, colour]) => colour) },
    marks: [
      Plot.barX(
        shares,
        Plot.stackX({ y: 'rule', x: 'share', fill: 'verdict', order: verdicts.map(([verdict]) => verdict) }),
      ),
      Plot.text(angles, { y: 'rule', x: 100, text: 'text', textAnchor: 'start', dx: 8 }),
      Plot.dot(legend, { x: 'at', frameAnchor: 'top', dy: -14, r: 4, fill: 'verdict' }),
      Plot.text(legend, { x: 'at', frameAnchor: 'top', dy: -14, dx: 8, textAnchor: 'start', text: 'verdict' }),
    ],
    marginTop: 30,
  });
  plot.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return `<?xml version="1.0" encoding="UTF-8"?>\n${plot.outerHTML}\n`;
}

async function drawing(): Promise<{ Plot: typeof PlotLibrary; document: Document }> {
  try {
    const [Plot, { parseHTML }] = await Promise.all([import('@observablehq/plot'), import('linkedom')]);
    return { Plot, document: parseHTML('<!doctype html><html><body></body></html>').document };
  } catch (error) {
    throw new Error('the picture needs two more packages: npm install @observablehq/plot linkedom', { cause: error });
  }
}

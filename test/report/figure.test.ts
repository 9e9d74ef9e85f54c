import { Resvg } from '@resvg/resvg-js';
import { describe, expect, it } from 'vitest';
import { type Figure, figureSvg } from '../../src/report/figure.js';
import { loadPlotting } from '../../src/report/plotting.js';
import { sheet } from '../../src/report/sheet.js';

const wild = `"'</svg>&<script>&nbsp;\u00a0\u0000\u202e>`;

/** Its words, axis and colour are whatever somebody named them. */
const figure: Figure = {
  name: 'wild',
  title: wild,
  caption: wild,
  alt: wild,
  rows: [],
  missing: null,
  draw: ({ plot, document }, width) =>
    plot.plot({
      document,
      width,
      ariaLabel: wild,
      x: { label: wild },
      marks: [plot.text([wild], { title: (each: string) => each, ariaLabel: (each: string) => each, clip: true })],
    }),
};

/** The renderer reads XML strictly, and throws at what is not well formed. */
const rendered = (svg: string): number => new Resvg(svg).render().asPng().length;

describe('the SVG of a figure', () => {
  it('is XML, whatever things are called', async () => {
    const plotting = await loadPlotting();
    const missing = { ...figure, missing: wild };
    const made = [
      ...[figure, missing].flatMap((each) =>
        [true, false].map((standalone) => figureSvg(each, plotting, { standalone })),
      ),
      sheet([figure, missing], plotting),
    ];
    for (const svg of made) {
      expect(svg).toMatch(/^<svg [^]*<\/svg>$/);
      expect(svg).toContain('aria-label="&quot;\'&lt;/svg&gt;&amp;&lt;script&gt;&amp;nbsp;');
      expect(svg).not.toContain('<script');
      expect(svg.match(/[\u0000\u202e]/u)).toBeNull();
      expect(rendered(svg)).toBeGreaterThan(100);
    }
    expect(() => rendered((made[0] ?? '').replace('&lt;', '<'))).toThrow();
  });

  it('has dark ink on white where it is a file of its own, and the ink of the page elsewhere', async () => {
    const plotting = await loadPlotting();
    const [own, ofPage] = [true, false].map((standalone) => figureSvg(figure, plotting, { standalone }));
    expect(own).toMatch(/^<svg [^>]*color="#1b1b1b"[^>]*><rect fill="#ffffff" height="100%" width="100%"/);
    expect(ofPage).not.toContain('#1b1b1b');
    expect(ofPage).not.toContain('#ffffff');
    expect(sheet([figure], plotting)).toContain('#1b1b1b');
  });
});

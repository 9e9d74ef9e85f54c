import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { loadPlotting } from '../../../src/report/plotting.js';
import { page, pictures } from '../../../src/report/page/page.js';
import { describeSteps } from '../../../src/report/timeline/stepList.js';
import { kinds, madeDigest, nasty, nastyDigest, pageOf } from '../madePages.js';

describe.each(Object.entries(kinds))('the page of %s', (_kind, runs) => {
  const made = pageOf(runs());

  it('has a title, a sentence, sections that the contents name, and no number that is none', async () => {
    const text = await made;
    const { document } = parseHTML(text);
    expect(document.querySelectorAll('h1')).toHaveLength(1);
    const targets = [...document.querySelectorAll('nav a')].map((link) => link.getAttribute('href')?.slice(1) ?? '');
    expect(targets.length).toBeGreaterThan(8);
    for (const id of targets) expect(document.querySelectorAll(`[id="${id}"] h2`)).toHaveLength(1);
    // But in the words of a certificate's reason.
    expect(text.replaceAll(/non-finite: [^<]*/gu, '').match(/\b(?:NaN|undefined|Infinity)\b|\[object/u)).toBeNull();
    expect(text.length).toBeLessThan(1_500_000);
  });

  it('has a text for every picture, and a table with its numbers or a word on what is missing', async () => {
    const { document } = parseHTML(await made);
    const sections = [...document.querySelectorAll('section')].slice(0, 10);
    expect(sections).toHaveLength(10);
    for (const section of sections) {
      const drawn = [...section.querySelectorAll('svg')];
      if (drawn.length === 0) {
        expect(section.querySelector('.empty')?.textContent?.length).toBeGreaterThan(20);
        continue;
      }
      for (const svg of drawn) {
        expect(svg.getAttribute('role')).toBe('img');
        expect(svg.getAttribute('aria-label')?.length).toBeGreaterThan(20);
      }
      expect(section.querySelector('figcaption')?.textContent?.length).toBeGreaterThan(40);
      expect(section.querySelectorAll('tbody tr').length).toBeGreaterThan(0);
    }
  });
});

describe('the page', () => {
  it('runs nothing and loads nothing', async () => {
    const text = await pageOf([nastyDigest()]);
    const { document } = parseHTML(text);
    expect(document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute('content')).toContain(
      "default-src 'none'",
    );
    expect(document.querySelectorAll('script, img, link, iframe, object, [onerror], [onload]')).toHaveLength(0);
    expect(text.includes(nasty)).toBe(false);
    expect(text.match(/<(?:img|script)/gu)).toBeNull();
    expect(
      [...text.matchAll(/(?:src|href)="([^"]*)"/gu)].map(([, to = '']) => to).filter((to) => !to.startsWith('#')),
    ).toEqual([]);
  });

  it('lists every failed step and every alert of 100,000 steps by number, and stays below 1.5 MB', async () => {
    const digest = madeDigest({ steps: 100_000, climbs: 0.01, rises: 0.02, alertEvery: 500, variables: 4 });
    const text = await pageOf([digest]);
    expect(text.length).toBeLessThan(1_500_000);
    for (const list of Object.values(digest.failures)) {
      expect(list.gap).toBe(1);
      expect(list.count).toBeGreaterThan(10);
      expect(text.includes(describeSteps(list))).toBe(true);
    }
    const { document } = parseHTML(text);
    const told = new Set([...document.querySelectorAll('.alerts td:first-child')].map((cell) => cell.textContent));
    for (let step = 499; step < 100_000; step += 500) expect(told.has(String(step))).toBe(true);
  });

  it('counts failed steps that are too many to list, and stays below 1.5 MB', async () => {
    const digest = madeDigest({ steps: 100_000, climbs: 0.5, rises: 0.5, alertEvery: 2, variables: 30 });
    const text = await pageOf([digest]);
    expect(text.length).toBeLessThan(1_500_000);
    for (const { count } of Object.values(digest.failures))
      expect(text.includes(`: ${count.toLocaleString('en')}`)).toBe(true);
    expect(text.includes('Alerts: 50,000')).toBe(true);
  });

  it('shows further figures below its own', async () => {
    const plotting = await loadPlotting();
    const figure = {
      name: 'own',
      title: 'A figure of somebody else',
      caption: 'What it shows.',
      alt: 'A dot.',
      rows: [{ x: 1, y: 2 }],
      missing: null,
      draw: () => plotting.plot.dot([1]).plot({ document: plotting.document }),
    };
    const text = page(plotting, { runs: [madeDigest({ steps: 10 })], figures: [figure], version: '0.1.0' });
    const { document } = parseHTML(text);
    expect(document.querySelectorAll('#own svg[aria-label="A dot."]')).toHaveLength(2);
    expect(document.querySelector('nav a[href="#own"]')?.textContent).toBe('A figure of somebody else');
  });

  it('draws a table that agrees with the picture: each failed step of a lane is in a row', () => {
    const digest = madeDigest({ steps: 2000, climbs: 0.01 });
    const [verdicts] = pictures([digest]);
    const failed = (verdicts?.rows ?? []).reduce((sum, row) => sum + Number(row['not natural gradient'] ?? 0), 0);
    expect(failed).toBe(digest.summary.verdicts['not-natural-gradient']);
    expect(failed).toBeGreaterThan(0);
  });
});

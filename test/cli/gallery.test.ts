import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { GalleryRow } from '../../src/report/galleryRow.js';

// The command as it is installed: `npm test` builds it first.
const folder = mkdtempSync(join(tmpdir(), 'steepest-gallery-'));

function gallery(...given: string[]): { stdout: string; stderr: string; status: number | null } {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['dist/cli/steepest.js', 'gallery', ...given], {
    encoding: 'utf8',
  });
  return { stdout, stderr, status };
}

const rowsOf = (text: string): GalleryRow[] => JSON.parse(text) as GalleryRow[];

describe('steepest gallery', () => {
  it('prints the table and writes rows and picture; the same for the same seed', () => {
    const [json, svg] = [join(folder, 'new', 'rows.json'), join(folder, 'rows.svg')];
    const { stdout, stderr, status } = gallery('--steps', '6', '--seed', '5', '--json', json, '--svg', svg);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const rows = rowsOf(readFileSync(json, 'utf8'));
    expect(rows.length).toBeGreaterThan(20);
    for (const row of rows) {
      expect(row.steps).toBe(6);
      expect(Object.values(row.verdicts).reduce((a, b) => a + b, 0)).toBe(6);
      expect(Object.values(row.structure).reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(6);
      expect(typeof row.learning).toBe('boolean');
      expect(Number.isFinite(row.lossBefore) && Number.isFinite(row.lossAfter)).toBe(true);
      expect(row.window === null || Number.isInteger(row.window)).toBe(true);
      expect(stdout).toContain(row.rule);
    }
    const named = (name: string) => rows.find(({ rule }) => rule === name) as GalleryRow;
    expect(named('sgd')).toMatchObject({ learning: true, structure: { scalar: 6 }, window: 1 });
    expect(named('rmsprop').structure).toEqual({ diagonal: 6 });
    expect(named('gradient ascent')).toMatchObject({
      learning: false,
      verdicts: { 'natural-gradient': 0, overshoot: 0 },
      psiMedian: null,
      window: null,
    });
    expect(readFileSync(svg, 'utf8')).toContain('</svg>');
    expect(rowsOf(gallery('--steps', '6', '--seed', '5', '--json', '-').stdout)).toEqual(rows);
  });

  it.each([
    ['--steps', '0', 'integer >= 1, got "0"'],
    ['--steps', '2.5', 'integer >= 1, got "2.5"'],
    ['--steps', 'many', 'integer >= 1, got "many"'],
    ['--steps', '', 'integer >= 1, got ""'],
    ['--seed', '-1', 'integer >= 0, got "-1"'],
  ])('%s %s is told before anything is trained', (option, value, expected) => {
    const { stdout, stderr, status } = gallery(`${option}=${value}`);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(option);
    expect(stderr).toContain(expected);
  });

  it('a file that cannot be written is told before anything is trained', () => {
    const { stderr, status } = gallery('--json', '/dev/null/rows.json');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^steepest: .*\/dev\/null/);
  });
});

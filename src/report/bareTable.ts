import type { TableConstructorOptions } from 'cli-table3';

/** Options of a table without lines: columns beside each other. */
export function bareTable(): Pick<TableConstructorOptions, 'chars' | 'style'> {
  const sides = ['top', 'bottom'].flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`]);
  const lines = [...sides, 'left', 'left-mid', 'right', 'right-mid', 'mid', 'mid-mid'];
  return {
    chars: { ...Object.fromEntries(lines.map((name) => [name, ''])), middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  };
}

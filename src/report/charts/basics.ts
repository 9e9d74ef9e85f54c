import type { Plotting } from '../plotting.js';

export const fontSize = 13;
/** Narrower than this, labels go above what they name. */
export const narrowBelow = 480;

/** Options that every chart over time begins with. */
export const basics = (
  { document }: Plotting,
  width: number,
): { document: Document; width: number; style: { fontSize: string } } => ({
  document,
  width,
  style: { fontSize: `${String(fontSize)}px` },
});

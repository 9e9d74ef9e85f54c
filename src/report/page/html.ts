import { escaped } from '../escaped.js';

/** HTML that is already safe. Only `html` and `trusted` make it. */
export class Html {
  constructor(readonly text: string) {}
}

/** Markup made elsewhere by something that escapes: drawn pictures. */
export const trusted = (text: string): Html => new Html(text);

type Part = Html | string | number | readonly Html[];

/** A template in which everything that is put in is escaped, unless it is HTML already. Its own indentation is not sent along. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map(unindented).reduce((all, string, i) => all + rendered(parts[i - 1] as Part) + string));
}

const unindented = (string: string): string => string.replace(/\n\s+/gu, '\n');

function rendered(part: Part): string {
  if (part instanceof Html) return part.text;
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part));
  return part.map(({ text }) => text).join('');
}

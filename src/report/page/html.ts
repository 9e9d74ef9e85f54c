/** HTML that is already safe. Only `html`, `escaped` and `trusted` make it. */
export class Html {
  constructor(readonly text: string) {}
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text in which nothing is markup any more; what is not to be seen (control characters, marks that turn the reading order) is shown as a box. */
const escaped = (text: string): string =>
  text
    .replace(/[&<>"']/gu, (character) => entities[character] as string)
    .replace(/[\p{Cc}\p{Bidi_Control}\p{Cs}]/gu, (character) =>
      character === '\n' || character === '\t' ? character : '□',
    );

/** Markup made elsewhere by something that escapes: drawn pictures. */
export const trusted = (text: string): Html => new Html(text);

type Part = Html | string | number | readonly Html[];

/** A template in which everything that is put in is escaped, unless it is HTML already. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((all, string, i) => all + rendered(parts[i - 1] as Part) + string));
}

function rendered(part: Part): string {
  if (part instanceof Html) return part.text;
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part));
  return part.map(({ text }) => text).join('');
}

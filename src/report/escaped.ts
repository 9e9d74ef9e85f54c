const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** What is not to be seen (control characters, marks that turn the reading order, halves of characters) as a box. */
export const visible = (text: string): string =>
  text.replace(/[\p{Cc}\p{Bidi_Control}\p{Cs}]/gu, (character) => (/[\n\t]/u.test(character) ? character : '□'));

/** Text in which nothing is markup any more, in HTML as in XML, in an element as in a quoted attribute. */
export const escaped = (text: string): string =>
  visible(text).replace(/[&<>"']/gu, (character) => entities[character] as string);

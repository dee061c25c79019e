import { printable } from './printable.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A piece of a page that is markup already. */
export interface Markup {
  readonly markup: string;
}

/** Text from routers, files and frames as a page may show it: control characters written out, markup escaped. */
export function escapeHtml(text: string): string {
  return printable(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
}

type Value = string | number | Markup | readonly Markup[];

/** A template whose values are escaped, but for those that are markup. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  const parts = strings.map((text, index) => text + (index < values.length ? render(values[index]!) : ''));
  return { markup: parts.join('') };
}

function render(value: Value): string {
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return 'markup' in value ? value.markup : value.map(({ markup }) => markup).join('\n');
}

/** Markup that is written as it is; for what is a constant of ours. */
export function raw(markup: string): Markup {
  return { markup };
}

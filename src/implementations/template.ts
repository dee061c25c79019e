/** What a template may name: texts, numbers, yes or no, and lists of the same. */
export interface TemplateValues {
  readonly [name: string]: string | number | boolean | undefined | readonly TemplateValues[];
}

/** Why a template cannot be filled in: names the line. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

const TAG = /\{\{([#^/]?)\s*([a-z0-9-]+)\s*\}\}/g;
/** A line with nothing but a section's beginning or end leaves no empty line. */
const STANDALONE = /^[ \t]*(\{\{[#^/]\s*[a-z0-9-]+\s*\}\})[ \t]*(?:\n|$)/gm;
const DEEPEST = 20;

interface Section {
  readonly name: string;
  readonly inverted: boolean;
  readonly parts: Part[];
}

type Part = string | { readonly value: string; readonly line: number } | Section;

/**
 * Fills in a template: `{{name}}` is a value, what is between `{{#name}}` and `{{/name}}` is there once for each of a
 * list, or where the value says yes; between `{{^name}}` and `{{/name}}` where there is none, or it says no. Inside a
 * list names of what is around are known too.
 * @throws TemplateError where a name is not known, or a section does not end
 */
export function fillIn(template: string, values: TemplateValues): string {
  return render(parse(template.replaceAll(STANDALONE, '$1')), [values]);
}

function parse(text: string): readonly Part[] {
  const open: Section[] = [{ name: '', inverted: false, parts: [] }];
  let end = 0;
  for (const match of text.matchAll(TAG)) {
    const [whole, kind, name] = match as unknown as [string, string, string];
    const line = text.slice(0, match.index).split('\n').length;
    const { parts } = open.at(-1)!;
    parts.push(text.slice(end, match.index));
    end = match.index + whole.length;
    if (kind === '') parts.push({ value: name, line });
    else if (kind === '/') {
      const section = open.pop()!;
      if (section.name !== name) throw new TemplateError(`line ${line}: {{/${name}}} ends what has not begun`);
    } else {
      if (open.length > DEEPEST) throw new TemplateError(`line ${line}: more than ${DEEPEST} sections in each other`);
      const section = { name, inverted: kind === '^', parts: [] };
      parts.push(section);
      open.push(section);
    }
  }
  const last = open.at(-1)!;
  if (last.name !== '') throw new TemplateError(`{{#${last.name}}} does not end: {{/${last.name}}} is missing`);
  last.parts.push(text.slice(end));
  return last.parts;
}

function render(parts: readonly Part[], scopes: readonly TemplateValues[]): string {
  return parts.map((part) => renderPart(part, scopes)).join('');
}

function renderPart(part: Part, scopes: readonly TemplateValues[]): string {
  if (typeof part === 'string') return part;
  if ('value' in part) {
    const value = look(part.value, scopes);
    if (typeof value === 'object')
      throw new TemplateError(`line ${part.line}: ${part.value} is a list: {{#${part.value}}} … {{/${part.value}}}`);
    return value === undefined ? '' : String(value);
  }
  const value = look(part.name, scopes);
  const isList = typeof value === 'object';
  const items = isList ? value : value === undefined || value === false ? [] : [{}];
  if (part.inverted) return items.length === 0 ? render(part.parts, scopes) : '';
  return items.map((item) => render(part.parts, [item, ...scopes])).join('');
}

function look(name: string, scopes: readonly TemplateValues[]): TemplateValues[string] {
  const scope = scopes.find((one) => Object.hasOwn(one, name));
  if (scope !== undefined) return scope[name];
  const known = [...new Set(scopes.flatMap((one) => Object.keys(one)))].join(', ');
  throw new TemplateError(`{{${name}}} is not known here; there are ${known}`);
}

import type { Place } from './problem.ts';

/**
 * Text in which every character knows where it stands in the files: substitution and continuation move characters, and
 * a complaint must still name the line that the user wrote.
 */
export interface SourceText {
  readonly file: string;
  readonly text: string;
  /** Line and column (from 1) of each character, and one entry more for the end. */
  readonly lines: readonly number[];
  readonly columns: readonly number[];
}

/** One physical line as source text. */
export function physicalLine(file: string, line: number, text: string): SourceText {
  const lines = new Array<number>(text.length + 1).fill(line);
  const columns = Array.from(lines, (_, index) => index + 1);
  return { file, text, lines, columns };
}

/** The place of one character. */
export function placeAt(source: SourceText, index: number): Place {
  const at = Math.min(index, source.text.length);
  return { file: source.file, line: source.lines[at] ?? 1, column: source.columns[at] ?? 1 };
}

/** Characters [start, end) with their places. */
export function slice(source: SourceText, start: number, end: number = source.text.length): SourceText {
  return {
    file: source.file,
    text: source.text.slice(start, end),
    lines: source.lines.slice(start, end + 1),
    columns: source.columns.slice(start, end + 1),
  };
}

/** Two texts, one after the other. */
export function join(first: SourceText, second: SourceText): SourceText {
  return {
    file: first.file,
    text: first.text + second.text,
    lines: [...first.lines.slice(0, first.text.length), ...second.lines],
    columns: [...first.columns.slice(0, first.text.length), ...second.columns],
  };
}

/** `source` with [start, end) replaced; the new characters stand where the replaced ones began. */
export function replace(source: SourceText, start: number, end: number, replacement: string): SourceText {
  const { line, column } = placeAt(source, start);
  const inserted: SourceText = {
    file: source.file,
    text: replacement,
    lines: new Array<number>(replacement.length + 1).fill(line),
    columns: new Array<number>(replacement.length + 1).fill(column),
  };
  return join(join(slice(source, 0, start), inserted), slice(source, end));
}

/** Splits at line feeds. */
export function splitLines(source: SourceText): SourceText[] {
  const parts: SourceText[] = [];
  let start = 0;
  for (let end = source.text.indexOf('\n'); end >= 0; end = source.text.indexOf('\n', start)) {
    parts.push(slice(source, start, end));
    start = end + 1;
  }
  parts.push(slice(source, start));
  return parts;
}

/** Without what follows an unquoted `#` or `!`. */
export function withoutComment(source: SourceText): SourceText {
  const { text } = source;
  let quote = '';
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index]!;
    if (character === '\\') index += 1;
    else if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === '#' || character === '!') return slice(source, 0, index);
  }
  return source;
}

import { stripVTControlCharacters } from 'node:util';

const LEAST_WIDTH = 40;
/** How far the folded rest of a line is set in. */
const INDENT = 5;

/** Folds a line at blanks to so many columns; the rest is set in. Colours take no room. Absent: as it is. */
export function wrap(line: string, width: number | undefined): string[] {
  if (width === undefined || width < LEAST_WIDTH || lengthOf(line) <= width) return [line];
  const start = /^ */.exec(line)![0].length;
  const indent = ' '.repeat(Math.max(start, INDENT));
  const lines: string[] = [];
  let current = ' '.repeat(start);
  for (const word of line.slice(start).split(' ')) {
    const joined = current.trim() === '' ? `${current}${word}` : `${current} ${word}`;
    if (lengthOf(joined) <= width || current.trim() === '') {
      current = joined;
    } else {
      lines.push(current);
      current = `${indent}${word}`;
    }
  }
  return [...lines, current];
}

function lengthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}

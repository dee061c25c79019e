import { type Complaints, complain, type Place } from './problem.ts';
import { placeAt, type SourceText } from './source.ts';

/** A word of a configuration; quotes are gone, `quoted` tells that there were some. */
export interface Word extends Place {
  readonly text: string;
  readonly quoted: boolean;
}

/** Whether a word opens or closes a block. */
export function isBrace(word: Word, brace: '{' | '}'): boolean {
  return !word.quoted && word.text === brace;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  E: '\u001b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** Reads what follows a backslash at `index`: the character meant, and how many characters it takes. */
function readEscape(text: string, index: number): { readonly value: string; readonly length: number } {
  const rest = text.slice(index + 1, index + 12);
  const octal = /^[0-7]{1,3}/.exec(rest)?.[0];
  if (octal !== undefined) return { value: String.fromCharCode(Number.parseInt(octal, 8)), length: 1 + octal.length };
  const hex = /^x([0-9a-fA-F]{1,6})/.exec(rest);
  if (hex !== null) {
    return { value: String.fromCodePoint(Math.min(Number.parseInt(hex[1]!, 16), 0x10ffff)), length: 1 + hex[0].length };
  }
  const control = /^c([@-_a-z])/.exec(rest);
  if (control !== null) return { value: String.fromCharCode(control[1]!.charCodeAt(0) & 0x1f), length: 3 };
  const character = rest[0] ?? '';
  return { value: ESCAPES[character] ?? character, length: 1 + character.length };
}

/**
 * Splits a logical line into words: white space separates, quotes join, an unquoted brace is a word of its own (but not
 * the braces of `${NAME}`, which a substitution that found no definition leaves behind).
 */
export function readWords(source: SourceText, complaints: Complaints): Word[] {
  const { text } = source;
  const words: Word[] = [];
  let index = 0;
  while (index < text.length) {
    if (/\s/.test(text[index]!)) {
      index += 1;
      continue;
    }
    if (text[index] === '{' || text[index] === '}') {
      words.push({ ...placeAt(source, index), text: text[index]!, quoted: false });
      index += 1;
      continue;
    }
    const start = index;
    let value = '';
    let quote = '';
    let quoted = false;
    while (index < text.length) {
      const character = text[index]!;
      if (character === '\\') {
        const escaped = readEscape(text, index);
        value += escaped.value;
        index += escaped.length;
        continue;
      }
      if (quote === '' && character === '$' && text[index + 1] === '{') {
        const end = text.indexOf('}', index);
        const until = end < 0 ? text.length : end + 1;
        value += text.slice(index, until);
        index = until;
        continue;
      }
      if (quote === '' && /[\s{}]/.test(character)) break;
      if (quote === '' && (character === '"' || character === "'")) {
        quote = character;
        quoted = true;
      } else if (character === quote) {
        quote = '';
      } else {
        value += character;
      }
      index += 1;
    }
    const place = placeAt(source, start);
    if (quote !== '')
      complain(complaints, place, `the string that begins here has no closing ${quote}`, `add ${quote}`);
    words.push({ ...place, text: value, quoted });
  }
  return words;
}

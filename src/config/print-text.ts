import type { Script, ScriptUser } from './configuration.ts';

/** What needs no quotes: nothing of it begins a comment, a definition, a condition or a block. */
const PLAIN = /^[A-Za-z0-9_./:%+,=-][A-Za-z0-9_./:%+,=@-]*$/;
/** Words that stand at the beginning of a line and are not keywords of a block. */
const LINE_WORDS = /^include[rmwba]?$/;

/** A word as a configuration holds it: in quotes where it must be, with escapes for what quotes do not hold. */
export function wordText(text: string): string {
  if (PLAIN.test(text) && !LINE_WORDS.test(text)) return text;
  const escaped = [...text].map((character) => {
    if (character === '"' || character === '\\') return `\\${character}`;
    const code = character.codePointAt(0)!;
    // A dollar sign would begin a reference, in quotes too.
    if (code < 0x20 || code === 0x7f || character === '$') return `\\${code.toString(8).padStart(3, '0')}`;
    return character;
  });
  return `"${escaped.join('')}"`;
}

/** Nanoseconds as decimal seconds: `1`, `0.01`. */
export function secondsText(valueNs: number): string {
  return (valueNs / 1e9).toFixed(9).replace(/\.?0+$/, '');
}

/** `USER [GROUP]`. */
export function userText({ user, group }: ScriptUser): string {
  return [user, ...(group === undefined ? [] : [group])].map(wordText).join(' ');
}

/** `"PROGRAM ARGUMENTS"`, without the user. */
export function commandText({ program, arguments: parameters }: Script): string {
  return wordText([program, ...parameters].map(parameterText).join(' '));
}

/** A parameter inside the string of a command: quotes hold it together, each kind holds the other. */
function parameterText(text: string): string {
  if (/^[^\s'"]+$/.test(text)) return text;
  const pieces = text.match(/[^"]+|"+/g) ?? [''];
  return pieces.map((piece) => (piece.startsWith('"') ? `'${piece}'` : `"${piece}"`)).join('');
}

/** Lines of a block, with what opens and closes it. */
export function block(head: string, lines: readonly string[]): string[] {
  return [`${head} {`, ...lines.map((line) => `    ${line}`), '}'];
}

/** A line for a value that may be absent. */
export function optional<Value>(keyword: string, value: Value | undefined, text: (value: Value) => string): string[] {
  return value === undefined ? [] : [`${keyword} ${text(value)}`];
}

/** `on` or `off`. */
export function switchText(value: boolean): 'on' | 'off' {
  return value ? 'on' : 'off';
}

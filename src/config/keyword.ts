import { isIPv4, isIPv6 } from 'node:net';
import type { Script, ScriptUser } from './configuration.ts';
import { type Complaints, complain, notice, type Place } from './problem.ts';
import type { Statement } from './statement.ts';
import type { Word } from './words.ts';

/** What one keyword of a block does to the draft that the block is read into. */
export type Keyword<Draft> = (draft: Draft, statement: Statement, complaints: Complaints) => void;

/** The keywords of a block. Growing the router's language is adding a row. */
export type KeywordTable<Draft> = Readonly<Record<string, Keyword<Draft>>>;

/** Reads the statements of a block by its table; a keyword that is in no row is an error, never dropped. */
export function readBlock<Draft>(
  table: KeywordTable<Draft>,
  where: string,
  draft: Draft,
  statements: readonly Statement[],
  complaints: Complaints,
): void {
  for (const statement of statements) {
    const { keyword } = statement;
    const row = Object.hasOwn(table, keyword.text) ? table[keyword.text] : undefined;
    if (row === undefined) {
      complain(
        complaints,
        keyword,
        `${quoted(keyword.text)} is not a keyword of ${where}`,
        nearest(table, keyword.text),
      );
    } else row(draft, statement, complaints);
  }
}

/** A word as messages show it: short, printable. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

function nearest(table: KeywordTable<never>, text: string): string | undefined {
  const close = Object.keys(table).find((name) => distanceWithin(name, text, 2));
  return close === undefined ? undefined : `did you mean ${close}?`;
}

/** Whether two words differ by at most `limit` insertions, deletions and replacements. */
function distanceWithin(left: string, right: string, limit: number): boolean {
  if (Math.abs(left.length - right.length) > limit) return false;
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const same = left[i - 1] === right[j - 1] ? 0 : 1;
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + same));
    }
    row = next;
  }
  return row[right.length]! <= limit;
}

/** A keyword that the router cannot honour: an error that names it. */
export function refused<Draft>(cure?: string): Keyword<Draft> {
  return (_draft, { keyword }, complaints) => complain(complaints, keyword, `${keyword.text} is not honoured`, cure);
}

/** A keyword that does not concern VRRP on one machine: reported once. */
export function ignored<Draft>(reason: string): Keyword<Draft> {
  return (_draft, { keyword }, complaints) => notice(complaints, keyword, `${keyword.text} is ignored: ${reason}`);
}

/** A keyword without a value. */
export function flag<Draft>(set: (draft: Draft, place: Place) => void): Keyword<Draft> {
  return (draft, statement, complaints) => {
    if (hasValues(statement, 0, 0, complaints)) set(draft, statement.keyword);
  };
}

const TRUE = new Set(['on', 'true', 'yes']);
const FALSE = new Set(['off', 'false', 'no']);

/** A keyword with an optional on|off|true|false|yes|no; alone it means on. */
export function boolean<Draft>(
  set: (draft: Draft, value: boolean, place: Place, complaints: Complaints) => void,
): Keyword<Draft> {
  return (draft, statement, complaints) => {
    if (!hasValues(statement, 0, 1, complaints)) return;
    const word = statement.values[0];
    const text = word?.text.toLowerCase() ?? 'on';
    if (TRUE.has(text)) set(draft, true, statement.keyword, complaints);
    else if (FALSE.has(text)) set(draft, false, statement.keyword, complaints);
    else unexpected(complaints, word ?? statement.keyword, statement, 'on or off');
  };
}

/** A keyword with a whole number. */
export function integer<Draft>(
  minimum: number,
  maximum: number,
  set: (draft: Draft, value: number, place: Place) => void,
): Keyword<Draft> {
  return (draft, statement, complaints) => {
    if (!hasValues(statement, 1, 1, complaints)) return;
    const word = statement.values[0]!;
    const value = wholeNumber(word.text);
    if (value === undefined || value < minimum || value > maximum) {
      unexpected(complaints, word, statement, `a whole number from ${minimum} to ${maximum}`);
    } else set(draft, value, word);
  };
}

/** A whole number as configurations write them; undefined where the text is anything else. */
export function wholeNumber(text: string): number | undefined {
  return /^[+-]?\d{1,9}$/.test(text) ? Number.parseInt(text, 10) : undefined;
}

/** A keyword with a time in seconds, fractions allowed, handed on in nanoseconds. */
export function seconds<Draft>(
  minimum: number,
  maximum: number,
  set: (draft: Draft, valueNs: number, place: Place, complaints: Complaints) => void,
): Keyword<Draft> {
  return (draft, statement, complaints) => {
    if (!hasValues(statement, 1, 1, complaints)) return;
    const word = statement.values[0]!;
    const value = /^\d{1,9}(\.\d*)?$|^\.\d+$/.test(word.text) ? Number(word.text) : Number.NaN;
    if (!(value >= minimum && value <= maximum)) {
      unexpected(complaints, word, statement, `seconds from ${minimum} to ${maximum}`);
    } else set(draft, Math.round(value * 1e9), word, complaints);
  };
}

/** A keyword with one word. */
export function word<Draft>(set: (draft: Draft, value: Word, complaints: Complaints) => void): Keyword<Draft> {
  return (draft, statement, complaints) => {
    if (hasValues(statement, 1, 1, complaints)) set(draft, statement.values[0]!, complaints);
  };
}

/** A keyword with an IP address. */
export function address<Draft>(set: (draft: Draft, value: string, place: Place) => void): Keyword<Draft> {
  return word((draft, value, complaints) => {
    if (isIPv4(value.text) || isPlainIPv6(value.text)) set(draft, value.text, value);
    else complain(complaints, value, `${quoted(value.text)} is not an IP address`);
  });
}

/** An IPv6 address without a zone. */
export function isPlainIPv6(text: string): boolean {
  return isIPv6(text) && !text.includes('%');
}

/** A keyword with a block whose entries are read one by one. */
export function entries<Draft>(
  read: (draft: Draft, words: readonly Word[], complaints: Complaints) => void,
): Keyword<Draft> {
  return (draft, statement, complaints) => {
    if (statement.block === undefined) {
      complain(complaints, statement.keyword, `${statement.keyword.text} needs a block`, 'write { … } after it');
      return;
    }
    for (const entry of statement.block) {
      if (entry.block !== undefined)
        complain(complaints, entry.keyword, `a block has no place in ${statement.keyword.text}`);
      else read(draft, [entry.keyword, ...entry.values], complaints);
    }
  };
}

/** A keyword with a script (a full path, or a name that PATH leads to): one string, its parameters separated by spaces, and perhaps a user and a group. */
export function script<Draft>(set: (draft: Draft, value: Script) => void): Keyword<Draft> {
  return (draft, statement, complaints) => {
    if (!hasValues(statement, 1, 3, complaints)) return;
    const command = statement.values[0]!;
    const [program, ...parameters] = splitCommand(command.text);
    if (program === undefined || (program.includes('/') && !program.startsWith('/'))) {
      complain(complaints, command, `${quoted(command.text)} is not a script`, 'write its full path, beginning with /');
      return;
    }
    const { file, line, column } = command;
    const value: Script = { file, line, column, program, arguments: parameters };
    const user = scriptUser(statement.values.slice(1));
    set(draft, user === undefined ? value : { ...value, user });
  };
}

/** `user [group]` as a script's user. */
export function scriptUser(words: readonly Word[]): ScriptUser | undefined {
  const [user, group] = words;
  if (user === undefined) return undefined;
  return group === undefined ? { user: user.text } : { user: user.text, group: group.text };
}

/** Splits a command at spaces; single and double quotes hold a parameter together. */
function splitCommand(text: string): string[] {
  const parts = text.match(/(?:'[^']*'|"[^"]*"|[^\s'"]+|['"])+/g) ?? [];
  return parts.map((part) => part.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'));
}

/** Says what a value should have been. */
export function unexpected(complaints: Complaints, value: Word | Place, statement: Statement, wanted: string): void {
  const seen = 'text' in value ? `, not ${quoted(value.text)}` : '';
  complain(complaints, value, `${statement.keyword.text} needs ${wanted}${seen}`);
}

/** Whether a statement has no block and as many values as it may have; complains where not. */
export function hasValues(statement: Statement, least: number, most: number, complaints: Complaints): boolean {
  const { keyword, values, block } = statement;
  if (block !== undefined) {
    complain(complaints, keyword, `${keyword.text} has no block`, 'remove { … }');
    return false;
  }
  if (values.length < least) {
    complain(complaints, keyword, `${keyword.text} needs a value`);
    return false;
  }
  if (values.length > most) {
    const surplus = values[most]!;
    complain(complaints, surplus, `${quoted(surplus.text)} is one value too many for ${keyword.text}`, 'remove it');
    return false;
  }
  return true;
}

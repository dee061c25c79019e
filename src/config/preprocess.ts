import { dirname, resolve } from 'node:path';
import { type Complaints, complain, notice } from './problem.ts';
import { join, physicalLine, placeAt, replace, type SourceText, slice, splitLines, withoutComment } from './source.ts';

/** How the reader reaches files: given, so that configurations can be read from anywhere. */
export interface ConfigurationFiles {
  /** The text of a file; throws where it cannot be read. */
  read(path: string): string;
  /** The files that a pattern of `include` names, sorted; a pattern without wildcards that names a file gives it. */
  match(pattern: string): readonly string[];
}

export interface PreprocessOptions {
  /** What `@word` lines are compared with, and `${_INSTANCE}` gives. */
  readonly configurationId: string;
}

/** Bounds: a definition that contains itself, or files that include each other, end in a complaint. */
const MOST_LINES = 200_000;
const MOST_CHARACTERS = 16 << 20;
const MOST_SUBSTITUTIONS = 200_000;
const DEEPEST_INCLUDE = 32;
const LONGEST_LINE = 65_536;

interface State {
  readonly complaints: Complaints;
  readonly files: ConfigurationFiles;
  readonly options: PreprocessOptions;
  readonly definitions: Map<string, string>;
  readonly output: SourceText[];
  characters: number;
  substitutions: number;
  exhausted: boolean;
}

/**
 * Turns files into logical lines: comments removed, continued lines joined, `include` followed, `@` conditions decided,
 * definitions (`$NAME=value`) remembered and substituted. Never throws for what a file says.
 */
export function preprocess(
  file: string,
  text: string,
  files: ConfigurationFiles,
  options: PreprocessOptions,
  complaints: Complaints,
): SourceText[] {
  const state: State = {
    complaints,
    files,
    options,
    definitions: new Map(),
    output: [],
    characters: 0,
    substitutions: 0,
    exhausted: false,
  };
  readFile(state, file, text, 0);
  return state.output;
}

function exhaust(state: State, line: SourceText, what: string): void {
  if (state.exhausted) return;
  state.exhausted = true;
  complain(state.complaints, placeAt(line, 0), what, 'a definition that contains itself does this');
}

function readFile(state: State, file: string, text: string, depth: number): void {
  const physical = text.split('\n');
  for (let index = 0; index < physical.length && !state.exhausted; index += 1) {
    let line = withoutComment(physicalLine(file, index + 1, physical[index]!.replace(/\r$/, '')));
    const isDefinition = DEFINITION.test(line.text);
    while (/\\\s*$/.test(line.text) && index + 1 < physical.length && line.text.length < LONGEST_LINE) {
      index += 1;
      const next = withoutComment(physicalLine(file, index + 1, physical[index]!.replace(/\r$/, '')));
      const head = slice(line, 0, line.text.lastIndexOf('\\'));
      // The lines of a definition stay lines: they are statements of their own once they are substituted.
      const separator = physicalLine(file, index + 1, isDefinition ? '\n' : ' ');
      line = join(join(head, separator), next);
    }
    processLine(state, line, depth);
  }
}

const DEFINITION = /^\s*\$([A-Za-z_][A-Za-z0-9_]*)=/;
const REFERENCE = /\$(?:\{([A-Za-z_][A-Za-z0-9_]*)(?:\s[^}]*)?\}|([A-Za-z_][A-Za-z0-9_]*)(?=\s|$))/g;

/** Works off one logical line and the lines that its substitution gives, in order, without recursion. */
function processLine(state: State, first: SourceText, depth: number): void {
  const pending: SourceText[] = [first];
  while (pending.length > 0 && !state.exhausted) {
    const line = pending.pop()!;
    if (line.text.trim() === '') continue;
    state.characters += line.text.length;
    if (state.output.length >= MOST_LINES || state.characters > MOST_CHARACTERS || pending.length > MOST_LINES) {
      exhaust(state, line, 'the configuration grows beyond every bound here');
      return;
    }
    const definition = DEFINITION.exec(line.text);
    if (definition !== null) {
      define(state, line, definition);
      continue;
    }
    const condition = /^\s*@(\^?)(\S*)/.exec(line.text);
    if (condition !== null) {
      const isOurs = condition[2] === state.options.configurationId;
      if (isOurs !== (condition[1] === '^')) pending.push(slice(line, condition[0].length));
      continue;
    }
    if (/^\s*~(SEQ|LST)/.test(line.text)) {
      const word = /~(SEQ|LST)/.exec(line.text)![0];
      complain(
        state.complaints,
        placeAt(line, line.text.indexOf('~')),
        `${word} is not honoured`,
        'write its lines out',
      );
      continue;
    }
    const include = /^\s*(include[rmwba]?)(\s+(.*))?$/.exec(line.text);
    if (include !== null) {
      includeFiles(state, line, include[1]!, (include[3] ?? '').trim(), depth);
      continue;
    }
    const substituted = substituteFirst(state, line);
    if (substituted === undefined) state.output.push(line);
    else pending.push(...splitLines(substituted).reverse());
  }
}

function define(state: State, line: SourceText, definition: RegExpExecArray): void {
  const name = definition[1]!;
  if (name.startsWith('_')) {
    complain(state.complaints, placeAt(line, line.text.indexOf('$')), `$${name}: names that begin with _ are reserved`);
    return;
  }
  state.definitions.set(name, line.text.slice(definition[0].length).trim());
}

/** Replaces the first reference that has a definition; undefined where there is none: unknown names stay as they are. */
function substituteFirst(state: State, line: SourceText): SourceText | undefined {
  if (!line.text.includes('$')) return undefined;
  for (const match of line.text.matchAll(REFERENCE)) {
    const value = definitionOf(state, line, (match[1] ?? match[2])!, match.index);
    if (value === undefined) continue;
    state.substitutions += 1;
    if (state.substitutions > MOST_SUBSTITUTIONS || line.text.length + value.length > LONGEST_LINE) {
      exhaust(state, line, 'the substitutions of this line do not end');
      return undefined;
    }
    return replace(line, match.index, match.index + match[0].length, value);
  }
  return undefined;
}

function definitionOf(state: State, line: SourceText, name: string, index: number): string | undefined {
  if (name === '_PWD') return dirname(resolve(line.file));
  if (name === '_INSTANCE') return state.options.configurationId;
  if (name === '_HASH') return '#';
  if (name === '_BANG') return '!';
  if (name === '_RANDOM')
    complain(state.complaints, placeAt(line, index), '$_RANDOM is not honoured', 'write a number');
  return state.definitions.get(name);
}

function includeFiles(state: State, line: SourceText, keyword: string, pattern: string, depth: number): void {
  const place = placeAt(line, line.text.indexOf('include'));
  const bare = pattern.replace(/^(["'])(.*)\1$/, '$2');
  if (bare === '') {
    complain(state.complaints, place, `${keyword} needs the name of a file`);
    return;
  }
  if (depth >= DEEPEST_INCLUDE) {
    complain(state.complaints, place, `files include each other more than ${DEEPEST_INCLUDE} deep`);
    return;
  }
  const path = resolve(dirname(resolve(line.file)), bare);
  const found = state.files.match(path);
  const isWild = /[*?[{]/.test(bare);
  const mustMatch = !isWild || keyword === 'includew' || keyword === 'includea';
  if (found.length === 0 && mustMatch) complain(state.complaints, place, `${keyword} ${bare}: there is no such file`);
  else if (found.length === 0) notice(state.complaints, place, `${keyword} ${bare}: no file matches`);
  for (const file of found) {
    if (state.exhausted) return;
    try {
      readFile(state, file, state.files.read(file), depth + 1);
    } catch (error) {
      complain(state.complaints, place, `${file} cannot be read: ${(error as Error).message}`);
    }
  }
}

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, sep } from 'node:path';
import type { ConfigurationResult } from './configuration.ts';
import { type ParseOptions, parseConfiguration } from './parse.ts';
import type { ConfigurationFiles } from './preprocess.ts';
import { wholeFile } from './problem.ts';

/** A pattern of `include` names at most this many files. */
const MOST_FILES = 4096;
const LARGEST_FILE = 64 << 20;

/** How a file is read. */
export type LoadOptions = Omit<ParseOptions, 'file' | 'files'>;

/** Reads a configuration from disk, `include`d files with it. A file that cannot be read is an error like any other. */
export function loadConfiguration(file: string, options: LoadOptions = {}): ConfigurationResult {
  let text: string;
  try {
    text = filesOnDisk.read(file);
  } catch (error) {
    const message = `the configuration cannot be read: ${(error as Error).message}`;
    return { ok: false, errors: [{ ...wholeFile(file), message, cure: 'name it with -f FILE' }], notices: [] };
  }
  const configurationId = options.configurationId ?? hostname().split('.')[0]!;
  return parseConfiguration(text, { ...options, configurationId, file, files: filesOnDisk });
}

/** Files as the file system has them. */
export const filesOnDisk: ConfigurationFiles = {
  read(path) {
    const text = readFileSync(path, 'utf8');
    if (text.length > LARGEST_FILE) throw new Error('it is too large');
    return text;
  },
  match(pattern) {
    const found = expandBraces(pattern).flatMap(matchPath);
    return [...new Set(found)].slice(0, MOST_FILES);
  },
};

/** `a{b,c}d` as `abd` and `acd`, nested too; at most MOST_FILES. */
function expandBraces(pattern: string): string[] {
  const expanded: string[] = [];
  const pending = [pattern];
  while (pending.length > 0 && expanded.length < MOST_FILES) {
    const next = pending.pop()!;
    const inner = /\{([^{}]*)\}/.exec(next);
    if (inner === null) {
      expanded.push(next);
      continue;
    }
    const choices = inner[1]!.split(',').map((choice) => next.replace(inner[0], () => choice));
    pending.push(...choices.reverse());
  }
  return expanded;
}

/** The paths that match a pattern with `*`, `?` and `[…]` in its segments. */
function matchPath(pattern: string): string[] {
  let paths: string[] = [sep];
  for (const segment of pattern.split(sep).filter((part) => part !== '')) {
    if (!/[*?[]/.test(segment)) {
      paths = paths.map((path) => join(path, segment)).filter((path) => existsSync(path));
      continue;
    }
    const expression = segmentExpression(segment);
    paths = paths.flatMap((path) =>
      namesIn(path)
        .filter((name) => expression.test(name) && (!name.startsWith('.') || segment.startsWith('.')))
        .map((name) => join(path, name)),
    );
  }
  return paths.filter((path) => path !== sep);
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch {
    return [];
  }
}

function segmentExpression(segment: string): RegExp {
  const source = segment
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replace(/\*/g, '[^/]*')
    .replace(/\?/g, '[^/]')
    .replace(/\[!/g, '[^');
  try {
    return new RegExp(`^${source}$`);
  } catch {
    return /^$/;
  }
}

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The programs that this package consists of; each is a bundle in `dist`. */
export type Program =
  | 'cli'
  | 'router'
  | 'configuration-program'
  | 'lab-server'
  | 'wire-worker'
  | 'run-page'
  | 'exploration-worker';

/** The folder of this package, wherever it is installed. */
export function packageRoot(): string {
  // This file runs from src/linux, or inside a bundle in dist or dist/chunks.
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${fileURLToPath(import.meta.url)}`);
    folder = parent;
  }
  return folder;
}

/** Where a program of this package is, for Node to run. @throws Error where it has not been built */
export function programPath(program: Program): string {
  const path = join(packageRoot(), 'dist', `${program}.js`);
  if (!existsSync(path)) throw new Error(`${path} is missing: build it by 'make build'`);
  return path;
}

/** Folders where programs for administrators are, which an ordinary user's PATH leaves out. */
const FURTHER_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/lib/frr'];

/** The path of a program of this machine; undefined where it is not installed. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(':').filter((folder) => folder !== ''), ...FURTHER_FOLDERS];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

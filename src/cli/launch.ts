#!/usr/bin/env node
// What `vrrpbench` is: it loads the commands together with what V8 made of them when they were built, because compiling
// them anew takes longer than most captures. A Node.js of another version does so all the same: it refuses the cache.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

/** The script of the commands, relative to this program. It is named by its content, and so is its cache. */
declare const VRRPBENCH_COMMANDS: string;

/** What the script of the commands evaluates to. `obtain` takes the place of `import`, which code from a cache lacks. */
type Commands = (
  module: { exports: unknown },
  require: NodeJS.Require,
  obtain: (path: string) => Promise<unknown>,
) => void;

function readCache(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

const url = new URL(VRRPBENCH_COMMANDS, import.meta.url);
const filename = fileURLToPath(url);
const cachedData = readCache(`${filename}.cache`);
// Bundles are ASCII: one octet a character.
const source = readFileSync(filename, 'latin1');
const script = new Script(source, { filename, ...(cachedData === undefined ? {} : { cachedData }) });
const commands = { exports: {} as typeof import('./main.ts') };
const load = script.runInThisContext() as Commands;
load(commands, createRequire(url), (path) => import(new URL(path, url).href));
await commands.exports.run(process.argv.slice(2));

// Writes what V8 has compiled of a script of commands once it has checked captures, beside that script: node
// tools/code-cache.mjs SCRIPT CAPTURE… Only functions that ran are in such a cache, so that it is made after the work.

import { readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Script } from 'node:vm';

const [path, ...captures] = process.argv.slice(2);
const script = new Script(await readFile(path, 'latin1'), { filename: path });
const commands = { exports: {} };
script.runInThisContext()(commands, createRequire(path));
await commands.exports.run(['check', '--each', ...captures]);
await writeFile(`${path}.cache.${process.pid}`, script.createCachedData());
await rename(`${path}.cache.${process.pid}`, `${path}.cache`);
// What was found in the captures is no failure of this program.
process.exitCode = 0;

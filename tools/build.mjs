// Bundles the programs: `cli` is a launcher; its commands are one script that V8 need not compile anew (tools/code-cache.mjs),
// and what few of them need is in modules of their own, beside their chunks. `router` is a small bundle, because a run
// starts many of them, and what few ask of it (metrics, a log in JSON) is in chunks; the lab's server and its workers are
// programs that the command starts. koffi stays outside: it is native. The bench of the project's own speed and the fuzzer
// are left out with `--product`: they are made of tests, too.

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const packageJson = JSON.parse(await readFile(`${root}/package.json`, 'utf8'));

// CommonJS dependencies inside an ES module bundle ask for require.
const banner = {
  js: "import { createRequire as nodeCreateRequire } from 'node:module'; const require = nodeCreateRequire(import.meta.url);",
};

const common = {
  absWorkingDir: root,
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  external: ['koffi', 'vitest'],
  banner,
  define: { VRRPBENCH_VERSION: JSON.stringify(packageJson.version) },
  sourcemap: 'linked',
  minifySyntax: true,
  logLevel: 'warning',
  write: false,
};

const entryPoints = {
  index: 'src/index.ts',
  vitest: 'src/library/vitest.ts',
  router: 'src/router/main.ts',
  'configuration-program': 'src/router/configuration-program.ts',
  'lab-server': 'src/lab/server/main.ts',
  'wire-worker': 'src/lab/wire/worker.ts',
  'capture-worker': 'src/lab/capture/worker.ts',
  'core-worker': 'src/lab/stalls/core-worker.ts',
  'lock-worker': 'src/lab/stalls/lock-worker.ts',
  'exploration-worker': 'src/exploration/worker.ts',
  bench: 'bench/main.ts',
  'bench-host-worker': 'bench/host-worker.ts',
  'bench-flood-worker': 'bench/flood-worker.ts',
  'bench-collector': 'bench/collector.ts',
  fuzz: 'test/fuzz/main.ts',
};
const developersOwn = ['bench', 'bench-host-worker', 'bench-flood-worker', 'bench-collector', 'fuzz'];
const isProductAlone = process.argv.includes('--product');
const chosen = (names) => Object.fromEntries(names.map((name) => [name, entryPoints[name]]));

const split = { ...common, splitting: true, chunkNames: 'chunks/[name]-[hash]' };

/** What the commands load when they need it: where its source is, by its name among the chunks. */
const parts = new Map();
const keepPartsApart = {
  name: 'keep parts apart',
  setup({ onResolve }) {
    onResolve({ filter: /^\..*\.ts$/ }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const name = basename(path, '.ts');
      const source = resolve(resolveDir, path);
      if ((parts.get(name) ?? source) !== source) throw new Error(`two parts of the commands are called ${name}`);
      parts.set(name, source);
      return { path: `./${name}.js`, external: true };
    });
  },
};

const commands = await build({
  ...common,
  entryPoints: { commands: 'src/cli/main.ts' },
  outdir: 'dist/chunks',
  entryNames: '[name]-[hash]',
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  banner: { js: '(function (module, require, obtain) {' },
  footer: { js: '})' },
  plugins: [keepPartsApart],
});
const commandsFile = commands.outputFiles.find(({ path }) => path.endsWith('.cjs'));
const commandsPath = commandsFile.path;
// Code from a cache cannot import: the launcher does it for it, by a name of the same length for the sake of the map.
commandsFile.contents = Buffer.from(commandsFile.text.replaceAll('import("./', 'obtain("./'));
const partEntries = Object.fromEntries([...parts].map(([name, source]) => [`chunks/${name}`, source]));

const built = await Promise.all([
  build({
    ...common,
    entryPoints: { cli: 'src/cli/launch.ts' },
    define: { VRRPBENCH_COMMANDS: JSON.stringify(`./chunks/${basename(commandsPath)}`) },
  }),
  build({ ...split, entryPoints: { ...chosen(['index', 'vitest']), ...partEntries } }),
  build({ ...split, entryPoints: chosen(['router']) }),
  build({
    ...common,
    entryPoints: chosen([
      'configuration-program',
      'lab-server',
      'wire-worker',
      'capture-worker',
      'core-worker',
      'lock-worker',
      'exploration-worker',
      ...(isProductAlone ? [] : developersOwn),
    ]),
  }),
  // The program inside the page of a run: for browsers, and small, because each page carries it.
  build({
    ...common,
    entryPoints: { 'run-page': 'src/page/main.tsx' },
    platform: 'browser',
    target: 'es2023',
    format: 'iife',
    banner: {},
    external: [],
    minify: true,
    sourcemap: false,
    jsx: 'automatic',
    jsxImportSource: 'preact',
  }),
]);

// A file takes the place of the former at once: whoever runs a program while it is built anew gets the one or the other,
// never the half of one, or nothing. Chunks come before the programs that load them.
const outputs = [commands, ...built].flatMap(({ outputFiles }) => outputFiles);
const [inChunks, programs] = [true, false].map((is) => outputs.filter(({ path }) => path.includes('/chunks/') === is));
await write(inChunks);
makeCodeCache(commandsPath);
await write(programs);

async function write(files) {
  for (const { path, contents } of files) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.${process.pid}`, contents);
    await rename(`${path}.${process.pid}`, path);
  }
}

/** By a process of its own, with the flags that the command will run with: V8 takes no cache of another's. */
function makeCodeCache(path) {
  const captures = readdirSync(`${root}/captures/recorded`).filter((name) => name.endsWith('.pcap'));
  const words = [`${root}/tools/code-cache.mjs`, path, ...captures.map((name) => `${root}/captures/recorded/${name}`)];
  const { status } = spawnSync(process.execPath, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('no code cache could be made: see above');
}

// What former builds made and this one did not is nobody's: chunks are named by their content, programs come and go.
const made = new Set([...outputs.map(({ path }) => path), `${commandsPath}.cache`]);
for (const folder of ['dist', 'dist/chunks']) {
  for (const entry of await readdir(`${root}${folder}`, { withFileTypes: true })) {
    const path = `${root}${folder}/${entry.name}`;
    if (entry.isFile() && !made.has(path)) await rm(path);
  }
}

// Bundles the programs: `cli` splits at its dynamic imports, so that each command loads what it needs; `router` is a
// small bundle of its own, because a run starts many of them, and what few ask of it (metrics, a log in JSON) is in
// chunks; the lab's server and its workers are programs that the command starts. koffi stays outside: it is native.

import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
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
  external: ['koffi'],
  banner,
  define: { VRRPBENCH_VERSION: JSON.stringify(packageJson.version) },
  sourcemap: 'linked',
  minifySyntax: true,
  logLevel: 'warning',
  write: false,
};

const entryPoints = {
  cli: 'src/cli/main.ts',
  index: 'src/index.ts',
  router: 'src/router/main.ts',
  'configuration-program': 'src/router/configuration-program.ts',
  'lab-server': 'src/lab/server/main.ts',
  'wire-worker': 'src/lab/wire/worker.ts',
  'capture-worker': 'src/lab/capture/worker.ts',
  'core-worker': 'src/lab/stalls/core-worker.ts',
  'lock-worker': 'src/lab/stalls/lock-worker.ts',
  bench: 'bench/main.ts',
  fuzz: 'test/fuzz/main.ts',
};
const chosen = (names) => Object.fromEntries(names.map((name) => [name, entryPoints[name]]));

const split = { ...common, splitting: true, chunkNames: 'chunks/[name]-[hash]' };

const built = await Promise.all([
  build({ ...split, entryPoints: chosen(['cli', 'index']) }),
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
      'bench',
      'fuzz',
    ]),
  }),
]);

// A file takes the place of the former at once: whoever runs a program while it is built anew gets the one or the other,
// never the half of one, or nothing. Chunks come before the programs that load them.
const outputs = built.flatMap(({ outputFiles }) => outputFiles);
outputs.sort((one, other) => other.path.includes('/chunks/') - one.path.includes('/chunks/'));
for (const { path, contents } of outputs) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.${process.pid}`, contents);
  await rename(`${path}.${process.pid}`, path);
}

// Chunks are named by their content: those of former builds are nobody's.
const chunks = new Set(outputs.map(({ path }) => path));
for (const name of await readdir(`${root}/dist/chunks`)) {
  if (!chunks.has(`${root}dist/chunks/${name}`)) await rm(`${root}/dist/chunks/${name}`);
}

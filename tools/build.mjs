// Bundles the programs: `cli` splits at its dynamic imports, so that each command loads what it needs; `router` is a
// small bundle of its own, because a run starts many of them; the lab's server and its workers are programs that
// the command starts. koffi stays outside: it is native.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
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
};

const entryPoints = {
  cli: 'src/cli/main.ts',
  index: 'src/index.ts',
  router: 'src/router/main.ts',
  'lab-server': 'src/lab/server/main.ts',
  'wire-worker': 'src/lab/wire/worker.ts',
  'capture-worker': 'src/lab/capture/worker.ts',
  'stall-worker': 'src/lab/stalls/worker.ts',
  bench: 'bench/main.ts',
};
const present = (names) =>
  Object.fromEntries(
    names.filter((name) => existsSync(`${root}/${entryPoints[name]}`)).map((name) => [name, entryPoints[name]]),
  );

await Promise.all([
  build({ ...common, entryPoints: present(['cli', 'index']), splitting: true, chunkNames: 'chunks/[name]-[hash]' }),
  build({
    ...common,
    entryPoints: present(['router', 'lab-server', 'wire-worker', 'capture-worker', 'stall-worker', 'bench']),
  }),
]);

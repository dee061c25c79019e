// Writes the JSON Schemas of the files that users write and of what the commands print into docs/schema.

import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = `${root}/docs/schema`;

const sources = [
  { name: 'scenario', module: 'src/scenario/schema.ts', maker: 'scenarioJsonSchema' },
  { name: 'check', module: 'src/report/check-json.ts', maker: 'checkReportJsonSchema' },
  { name: 'expectations', module: 'src/scenario/known-deviations-schema.ts', maker: 'knownDeviationsJsonSchema' },
  { name: 'run', module: 'src/report/run-schema.ts', maker: 'runReportJsonSchema' },
  { name: 'failover', module: 'src/report/failover-schema.ts', maker: 'failoverJsonSchema' },
  { name: 'rehearsal', module: 'src/report/rehearsal-schema.ts', maker: 'rehearsalJsonSchema' },
];

await mkdir(folder, { recursive: true });
for (const { name, module, maker } of sources) {
  const bundled = await build({
    absWorkingDir: root,
    entryPoints: [module],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  const source = `data:text/javascript;base64,${Buffer.from(bundled.outputFiles[0].text).toString('base64')}`;
  const { [maker]: schema } = await import(source);
  await writeFile(`${folder}/${name}.json`, `${JSON.stringify(schema(), null, 2)}\n`);
}

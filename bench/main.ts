import { parseArgs } from 'node:util';
import { accuracy } from './accuracy.ts';
import { captureReader } from './capture-reader.ts';
import { checkSpeed } from './check.ts';
import { checkMixed } from './check-mixed.ts';
import { exploration } from './explore.ts';
import { failover } from './failover.ts';
import { lab } from './lab.ts';
import { manyVirtualRouters } from './many-virtual-routers.ts';
import { overload } from './overload.ts';
import { probing } from './probing.ts';
import { reloads } from './reload.ts';
import type { Bench, BenchResult } from './result.ts';
import { holds } from './result.ts';
import { routerTiming } from './router.ts';
import { simulatedDays } from './simulated-days.ts';
import { soak } from './soak.ts';
import { startUp } from './start-up.ts';
import { virtualTime } from './virtual.ts';
import { watchSpeed } from './watch.ts';

/** Every subject that can be measured, by the name that chooses it: `make bench ONLY=start-up`. */
const benches: Readonly<Record<string, Bench>> = {
  'start-up': startUp,
  'capture-reader': captureReader,
  router: routerTiming,
  overload,
  'many-virtual-routers': manyVirtualRouters,
  reload: reloads,
  'simulated-days': simulatedDays,
  virtual: virtualTime,
  explore: exploration,
  soak,
  check: checkSpeed,
  'check-mixed': checkMixed,
  watch: watchSpeed,
  lab,
  probing,
  accuracy,
  failover,
};

function line(result: BenchResult): string {
  const figure = `${Number(result.value.toPrecision(3))} ${result.unit}`;
  const aim =
    result.aim &&
    `  ${holds(result) ? 'reached' : 'MISSED'}: ${result.aim.comparison} ${result.aim.value} ${result.unit}`;
  return `${result.name.padEnd(64)} ${figure.padStart(10)}${aim ?? ''}${result.details === undefined ? '' : `\n    ${result.details}`}`;
}

const { values, positionals } = parseArgs({ options: { minutes: { type: 'string' } }, allowPositionals: true });
const chosen = positionals.filter((name) => name.length > 0);
const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
if (minutes !== undefined && !(minutes > 0)) {
  console.error(`--minutes ${values.minutes}: a number of minutes is needed`);
  process.exit(2);
}
for (const name of chosen) {
  if (!(name in benches)) {
    console.error(`no bench is called ${name}; there are: ${Object.keys(benches).join(', ')}`);
    process.exit(2);
  }
}
for (const [name, bench] of Object.entries(benches)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  for (const result of await bench(minutes === undefined ? {} : { minutes })) console.log(line(result));
}

import { captureReader } from './capture-reader.ts';
import { checkSpeed } from './check.ts';
import { lab } from './lab.ts';
import { manyVirtualRouters } from './many-virtual-routers.ts';
import type { Bench, BenchResult } from './result.ts';
import { holds } from './result.ts';
import { routerTiming } from './router.ts';
import { startUp } from './start-up.ts';

/** Every subject that can be measured, by the name that chooses it: `make bench ONLY=start-up`. */
const benches: Readonly<Record<string, Bench>> = {
  'start-up': startUp,
  'capture-reader': captureReader,
  router: routerTiming,
  'many-virtual-routers': manyVirtualRouters,
  check: checkSpeed,
  lab,
};

function line(result: BenchResult): string {
  const figure = `${Number(result.value.toPrecision(3))} ${result.unit}`;
  const aim =
    result.aim &&
    `  ${holds(result) ? 'reached' : 'MISSED'}: ${result.aim.comparison} ${result.aim.value} ${result.unit}`;
  return `${result.name.padEnd(64)} ${figure.padStart(10)}${aim ?? ''}${result.details === undefined ? '' : `\n    ${result.details}`}`;
}

const chosen = process.argv.slice(2).filter((name) => name.length > 0);
for (const name of chosen) {
  if (!(name in benches)) {
    console.error(`no bench is called ${name}; there are: ${Object.keys(benches).join(', ')}`);
    process.exit(2);
  }
}
for (const [name, bench] of Object.entries(benches)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  for (const result of await bench()) console.log(line(result));
}

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { checkReportSchema } from '../../src/report/check-json.ts';
import { runReportSchema } from '../../src/report/run-schema.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

function command(words: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const options = { cwd: root, maxBuffer: 1 << 28 };
    execFile(process.execPath, ['dist/cli.js', ...words], options, (_, out) => resolve(out));
  });
}

describe('check of a run’s capture', () => {
  it.each(['frozen-active', 'graceful-stop', 'no-preemption'])('finds what the run of %s found', async (scenario) => {
    const folder = await mkdtemp(join(tmpdir(), 'vrrpbench-check-run-'));
    folders.push(folder);
    const words = ['run', `scenarios/${scenario}.yaml`, '--stage', 'virtual', '--json', '--out', folder, '--seed', '7'];
    const run = runReportSchema.parse(JSON.parse(await command(words)));
    expect(run.scenarios.length).toBeGreaterThan(0);
    for (const played of run.scenarios) {
      const out = await command(['check', '--json', '--profile', played.profile, played.capture!]);
      const checked = checkReportSchema.parse(JSON.parse(out));
      const findings = checked.findings.map(({ requirement, router, verdict, count, first }) => ({
        requirement,
        router,
        verdict,
        count,
        first,
      }));
      expect(findings).toEqual(
        played.findings.map(({ requirement, router, verdict, count, first }) => ({
          requirement,
          router,
          verdict,
          count,
          first,
        })),
      );
      const tenures = checked.virtualRouters.flatMap(({ timeline }) => timeline.map(({ description }) => description));
      expect(tenures).toEqual(
        played.virtualRouters.flatMap(({ timeline }) => timeline.map(({ description }) => description)),
      );
      expect(tenures.length).toBeGreaterThan(1);
    }
  });
});

describe('errata', () => {
  const LINK_LOCAL_SECOND = `
name: the link-local address is not the first
variants: [v3-ipv6]
virtual-router: { addresses: ['2001:db8::101', 'fe80::5e:51'] }
routers: [r1]
steps:
  - start: r1
  - await: { active: r1 }
expect:
  - active: r1
`;

  it.each([
    ['none', []],
    ['8300', ['tx.link-local-first']],
  ])('%s of RFC 9568 count where run is told so', async (errata, broken) => {
    const folder = await mkdtemp(join(tmpdir(), 'vrrpbench-errata-'));
    folders.push(folder);
    const file = join(folder, 'link-local-second.yaml');
    await writeFile(file, LINK_LOCAL_SECOND);
    const out = await command(['run', file, '--stage', 'virtual', '--json', '--out', folder, '--errata', errata]);
    const [played] = runReportSchema.parse(JSON.parse(out)).scenarios;
    const failed = played!.findings.filter(({ verdict }) => verdict === 'fail');
    expect(failed.map(({ requirement }) => requirement)).toEqual(broken);
    expect(played!.rerun).toContain(`--errata ${errata}`);
  });
});

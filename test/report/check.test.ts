import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CheckReport,
  checkReport,
  checkReportJsonSchema,
  checkReportSchema,
} from '../../src/report/check-json.ts';
import { checkText } from '../../src/report/check-text.ts';
import { styleFor } from '../../src/report/style.ts';
import { active, R1, R2, watch } from '../conformance/watch.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const recorded = (name: string) => join(root, 'captures/recorded', name);
const CLEAN = recorded('keepalived-2.2.7_v3_ipv6_vmac.pcap');
const NO_VIRTUAL_MAC = recorded('keepalived-2.2.7_v2_ipv4_novmac.pcap');
const WARNED = recorded('interop_keepalived-2.2.7_frr-8.4.4_v2_ipv4.pcap');

interface Outcome {
  readonly status: number | null;
  readonly out: string;
  readonly error: string;
}

/** Runs the command as users do; `input` is given to it as standard input. */
function check(words: readonly string[], input?: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { cwd: root, maxBuffer: 1 << 26 };
    const child = execFile(process.execPath, ['dist/cli.js', 'check', ...words], options, (_, out, error) => {
      resolve({ status: child.exitCode, out, error });
    });
    if (input !== undefined) createReadStream(input).pipe(child.stdin!);
  });
}

async function checkJson(...words: readonly string[]): Promise<CheckReport> {
  return checkReportSchema.parse(JSON.parse((await check(['--json', ...words])).out));
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vrrpbench-check-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the exit status of vrrpbench check', () => {
  it('is 0 where nothing failed, 1 where something did', async () => {
    expect((await check([CLEAN])).status).toBe(0);
    expect((await check([NO_VIRTUAL_MAC])).status).toBe(1);
    expect((await check([CLEAN, NO_VIRTUAL_MAC])).status).toBe(1);
  });

  it('counts warnings where they are asked for', async () => {
    expect((await check([WARNED])).status).toBe(0);
    expect((await check(['--fail-on', 'should', WARNED])).status).toBe(1);
  });

  it('is 2 where the input is none, and says why', async () => {
    const missing = await check([join(folder, 'missing.pcap')]);
    expect(missing).toMatchObject({ status: 2, error: expect.stringContaining('there is no such file') });
    const text = join(folder, 'text.pcap');
    await writeFile(text, 'this is no capture');
    expect(await check([text])).toMatchObject({ status: 2, error: expect.stringContaining('neither pcap nor pcapng') });
    expect(await check(['--from', 'yesterday', CLEAN])).toMatchObject({
      status: 2,
      error: expect.stringContaining('--from yesterday: expected a time'),
    });
  });

  it('is 3 where nothing was judged, or the capture broke off', async () => {
    expect((await check(['--vrid', '7', CLEAN])).status).toBe(3);
    const half = join(folder, 'half.pcap');
    await writeFile(half, (await readFile(CLEAN)).subarray(0, 30_001));
    const broken = await check([half]);
    expect(broken.status).toBe(3);
    expect(broken.out).toMatch(/the capture broke: at octet \d+/);
    expect(broken.out).toContain('became Active');
  });
});

describe('what vrrpbench check prints', () => {
  it('is what was broken, with rule, section, frames and advice, then the history by the wall clock', async () => {
    const { out } = await check([NO_VIRTUAL_MAC]);
    expect(out).toContain('VRID 51 IPv4, VRRPv2');
    expect(out).toMatch(
      /\d\d:\d\d:\d\d\.\d{3} to .* 192\.0\.2\.2 \(priority 100\) took over from 192\.0\.2\.1, which was silent/,
    );
    expect(out).toMatch(/the RFC says 3\.600 to 3\.609 s/);
    expect(out).toMatch(/FAIL tx\.src-mac .*00:00:5e:00:01:33/);
    expect(out).toContain('RFC 3768 §7.2, §7.3; 32 times');
    expect(out).toContain('→ let the router send from the virtual MAC');
    expect(out).not.toContain('\x1b');
  });

  it('is the same from standard input', async () => {
    const fromFile = await check([CLEAN]);
    const fromInput = await check(['-'], CLEAN);
    expect(fromInput.status).toBe(0);
    expect(fromInput.out.split('\n').slice(1)).toEqual(fromFile.out.split('\n').slice(1));
  });

  it('shows nothing of a capture raw: a name with control characters is escaped', async () => {
    const name = join(folder, '\x1b[31mred.pcap');
    await writeFile(name, await readFile(CLEAN));
    const { out } = await check([name]);
    expect(out).toContain('\\x1b[31mred.pcap');
    expect(out).not.toContain('\x1b');
  });

  it('can be confined to a time', async () => {
    const whole = await checkJson(CLEAN);
    const [first, second] = whole.virtualRouters[0]!.timeline;
    const part = await checkJson('--from', first!.first, '--to', second!.first, CLEAN);
    expect(part.capture.first).toBe(first!.first);
    expect(part.virtualRouters[0]!.timeline.map(({ router }) => router)).toEqual([first!.router, second!.router]);
  });
});

describe('vrrpbench check --json', () => {
  it('is what its schema says', async () => {
    const report = await checkJson(NO_VIRTUAL_MAC);
    expect(report.virtualRouters).toMatchObject([
      { vrid: 51, version: [2], family: 'ipv4', addresses: ['192.0.2.101', '192.0.2.100'] },
    ]);
    expect(report.findings.find(({ requirement }) => requirement === 'tx.src-mac')).toMatchObject({
      level: 'must',
      profile: 'rfc3768',
      verdict: 'fail',
      router: '192.0.2.1',
      count: 32,
      frames: expect.arrayContaining([expect.objectContaining({ number: 10 })]),
    });
    expect(report.notApplicable.map(({ requirement }) => requirement)).toContain('boot.delay');
  });

  it('takes a takeover at an interval so short that one proves nothing', () => {
    const watcher = watch();
    active(watcher, { ...R1, interval: 1 }, 1, 1.5, 0.01);
    active(watcher, { ...R2, interval: 1 }, 1.536, 2, 0.01);
    const observation = watcher.observe();
    expect(observation.virtualRouters[0]!.timeline[1]!.takeover).toMatchObject({ shortInterval: true });
    checkReportSchema.parse(checkReport({ file: 'short.pcap', observation, complete: true }));
  });

  it('takes what a Backup learned of the interval, and how it changed; the text says it too', () => {
    const watcher = watch();
    active(watcher, R1, 1, 5);
    active(watcher, { ...R1, interval: 200 }, 6, 12.1, 2.01);
    active(watcher, R2, 12.03 + 2 * (3 + 156 / 256), 24);
    const checked = { file: 'learned.pcap', observation: watcher.observe(), complete: true };
    const [r1, r2] = checkReportSchema.parse(checkReport(checked)).virtualRouters[0]!.timeline;
    expect(r1!.intervals!.map(({ intervalNs }) => intervalNs)).toEqual([1e9, 2e9]);
    expect(r2!.learning).toEqual({ ownNs: 1e9, heardNs: 2e9, countedBy: 'heard' });
    const text = checkText(checked, styleFor({ isTTY: false } as NodeJS.WriteStream), 1000);
    expect(text).toContain('its interval changed from 1.000 s to 2.000 s');
    expect(text).toContain('having learned the interval of 2.000 s (its own is 1.000 s)');
    expect(text).toMatch(/drift \+10 ms/);
  });

  it('is a list where each of several files is asked for', async () => {
    const { out } = await check(['--json', '--each', CLEAN, WARNED]);
    expect((JSON.parse(out) as unknown[]).map((report) => checkReportSchema.parse(report).capture.file)).toEqual([
      CLEAN,
      WARNED,
    ]);
  });

  it('has a published schema, which is the one in use', async () => {
    const published: unknown = JSON.parse(await readFile(join(root, 'docs/schema/check.json'), 'utf8'));
    expect(published, 'node tools/schemas.mjs writes it').toEqual(JSON.parse(JSON.stringify(checkReportJsonSchema())));
  });
});

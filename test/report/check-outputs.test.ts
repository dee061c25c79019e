import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkCapture } from '../../src/conformance/check-capture.ts';
import { checkHtml } from '../../src/report/check-html.ts';
import { escapeHtml } from '../../src/report/html-text.ts';
import { wrap } from '../../src/report/wrap.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const recorded = (name: string) => join(root, 'captures/recorded', name);
const FRR = recorded('frr-8.4.4_v3_ipv4.pcap');

interface Outcome {
  readonly status: number;
  readonly out: string;
  readonly error: string;
}

function run(program: string, ...words: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(program, words, { cwd: root, maxBuffer: 1 << 26 }, (_, out, error) => {
      resolve({ status: child.exitCode ?? -1, out, error });
    });
  });
}

const check = (...words: readonly string[]) => run(process.execPath, 'dist/cli.js', 'check', ...words);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vrrpbench-outputs-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('vrrpbench check --annotate', () => {
  it('writes the frames with findings as comments, which tshark shows, and names for routers', async () => {
    const path = join(folder, 'annotated.pcapng');
    expect((await check(FRR, '--annotate', path)).status).toBe(1);
    const { observation } = await checkCapture(FRR);
    const finding = observation.findings.find(({ requirement }) => requirement === 'active.arp-not-physical')!;
    const fields = ['-T', 'fields', '-e', 'frame.number', '-e', 'frame.comment'];
    const { out } = await run('tshark', '-r', path, '-Y', 'frame.comment', ...fields);
    const comments = new Map(out.split('\n').map((line) => line.split('\t') as [string, string]));
    for (const { number } of finding.frames) expect(comments.get(String(number))).toContain(finding.message);
    const { out: named } = await run('tshark', '-r', path, '-N', 'n', '-Y', 'vrrp');
    expect(named).toContain('vrrp51-priority200');
    // Its own reader finds in it what was found before.
    const again = await checkCapture(path);
    expect(again.observation.findings.map(({ requirement, count }) => [requirement, count])).toEqual(
      observation.findings.map(({ requirement, count }) => [requirement, count]),
    );
  });

  it('does not write over what it reads, and says where it cannot write', async () => {
    const copy = join(folder, 'copy.pcap');
    await copyFile(FRR, copy);
    expect(await check(copy, '--annotate', copy)).toMatchObject({
      status: 2,
      error: expect.stringContaining('would overwrite'),
    });
    expect((await check(FRR, '--annotate', '/nowhere/there.pcapng')).status).toBe(2);
  });
});

describe('vrrpbench check --html', () => {
  it('is one page without scripts or anything from elsewhere, with a bar for each tenure', async () => {
    const path = join(folder, 'page.html');
    await check(FRR, '--html', path);
    const page = await readFile(path, 'utf8');
    expect(page).not.toMatch(/<script|https?:\/\/|@import|url\(/);
    expect(page.match(/class="bar"/g)).toHaveLength(11);
    expect(page).toContain('RFC 9568 §8.1.2');
  });

  it('escapes whatever comes from a capture or a file name', async () => {
    const checked = await checkCapture(FRR);
    const evil = '<img src=x onerror=alert(1)>\x1b]0;x\x07"\'&';
    const [history] = checked.observation.virtualRouters;
    const page = checkHtml({
      ...checked,
      file: evil,
      problem: evil,
      observation: {
        ...checked.observation,
        notes: [evil],
        findings: checked.observation.findings.map((one) => ({ ...one, message: evil, router: evil, advice: evil })),
        causes: checked.observation.causes.map((one) => ({ ...one, text: evil, settle: evil })),
        virtualRouters: [
          {
            ...history!,
            lan: evil,
            addresses: [evil],
            routers: history!.routers.map((one) => ({ ...one, name: evil })),
            timeline: history!.timeline.map((one) => ({ ...one, router: evil, description: evil })),
          },
        ],
      },
    });
    expect(page).not.toContain('<img');
    expect(page).not.toContain('\x1b');
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;\\x1b]0;x\\x07&quot;&#39;&amp;');
    expect(escapeHtml('\u202e')).toBe('\\u202e');
  });
});

describe('vrrpbench check --rules', () => {
  it('lists each rule in words with its sections', async () => {
    const { status, out } = await check('--rules');
    expect(status).toBe(0);
    expect(out).toMatch(/^tx\.src-mac {2}MUST: an advertisement's source MAC is the virtual router MAC/m);
    expect(out).toContain('RFC 9568 §7.2, §7.3');
  });

  it('judges by the chosen ones alone', async () => {
    expect((await check(FRR, '--rules', 'tx.*,-tx.checksum.v4')).status).toBe(0);
    const { status, out } = await check('--rules=active.arp*', FRR);
    expect(status).toBe(1);
    expect(out).not.toContain('tx.checksum');
    expect((await check(FRR, '--rules', 'nothing.such')).error).toContain('no requirement is called so');
  });
});

describe('a reader that has read enough', () => {
  it('ends the check without a complaint', async () => {
    const pipe = `set -o pipefail; "$0" dist/cli.js check "$1" | head -c 1 > /dev/null; echo "\${PIPESTATUS[0]}"`;
    const { out, error } = await run('bash', '-c', pipe, process.execPath, FRR);
    expect({ out, error }).toEqual({ out: '1\n', error: '' });
  });
});

describe('lines on a terminal', () => {
  it('are folded at blanks and set in; colours take no room', () => {
    const line = `\x1b[31mFAIL\x1b[39m ${'word '.repeat(20).trim()}`;
    const folded = wrap(line, 50);
    expect(folded).toHaveLength(3);
    expect(folded[1]).toMatch(/^ {5}word/);
    expect(wrap(line, undefined)).toEqual([line]);
  });
});

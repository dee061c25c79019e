import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/linux/programs.ts';
import type { RunReport } from '../../src/report/run-schema.ts';
import { requirePeer } from '../peers.ts';
import { type Browser, openBrowser, type View } from './browser.ts';

const run = promisify(execFile);
const root = packageRoot();
const VIEWS: readonly View[] = (['light', 'dark'] as const).flatMap((scheme) =>
  [390, 1280].map((width) => ({ width, scheme })),
);

/** A router that sends TTL 254, under a title that tries to be markup. */
const BAD_TTL = `name: a <img src=x onerror=alert(1)> </script><script>document.title='run'</script>
routers:
  r1: { misbehaviour: ttl-254 }
  r2:
hosts: [h1]
variants: [v3-ipv4]
steps:
  - start: [r1, r2]
  - await: { active: r1 }
  - pause: 2s
expect:
  - active: r1
`;

interface Look {
  readonly title: string;
  readonly heading: string;
  readonly width: number;
  readonly ground: string;
  readonly scenarios: readonly (readonly [verdict: string, name: string])[];
  readonly images: number;
  readonly requests: number;
  readonly matrix: Readonly<Record<string, readonly string[]>>;
}

const LOOK = `({
  title: document.title,
  heading: document.querySelector('h1').innerText,
  width: document.documentElement.scrollWidth,
  ground: getComputedStyle(document.body).backgroundColor,
  scenarios: [...document.querySelectorAll('.scenarios > li > details > summary')].map((line) => [line.querySelector('.chip').innerText, line.innerText.split(/\\s+/)[1]]),
  images: document.images.length,
  requests: performance.getEntriesByType('resource').length,
  matrix: Object.fromEntries([...document.querySelectorAll('.matrix tbody tr')].map((row) => [row.cells[0].innerText, [...row.cells].slice(1).map((cell) => cell.innerText)])),
})`;

/** What is drawn of the scenario that the address names, after a click on the first frame that broke a rule. */
const STORY = `(async () => {
  const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50)));
  await painted();
  const drawing = document.querySelector('.drawing');
  const lanes = [...drawing.querySelectorAll('svg > text')].map((text) => text.textContent);
  const marks = drawing.querySelectorAll('.mark').length;
  const broken = drawing.querySelector('.mark.broken');
  const { left, top, width, height } = broken.getBoundingClientRect();
  const at = { clientX: left + width / 2, clientY: top + height / 2, bubbles: true };
  broken.dispatchEvent(new MouseEvent('mousemove', at));
  await painted();
  const tip = document.querySelector('.tip').innerText;
  broken.dispatchEvent(new MouseEvent('click', at));
  await painted();
  const panel = document.querySelector('.panel');
  const shown = () => document.querySelector('.row .dim').innerText.split(';')[0];
  const before = shown();
  [...document.querySelectorAll('button')].find((button) => button.innerText === 'zoom in').click();
  await new Promise((resolve) => setTimeout(resolve, 400));
  return {
    lanes, marks, tip, before, zoomed: shown(),
    active: drawing.querySelectorAll('.span-active').length,
    frame: broken.getAttribute('data-frame'), panel: panel.innerText, hash: location.hash,
    cut: document.documentElement.scrollWidth,
  };
})()`;

interface Story {
  readonly lanes: readonly string[];
  readonly marks: number;
  readonly active: number;
  readonly tip: string;
  readonly before: string;
  readonly zoomed: string;
  readonly frame: string;
  readonly panel: string;
  readonly hash: string;
  readonly cut: number;
}

describe.runIf(requirePeer('chromium'))('the page of a run in Chromium', () => {
  let browser: Browser;
  let folder: string;
  let page: string;
  let report: RunReport;
  const looks = new Map<View, Look>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vrrpbench-run-page-'));
    page = join(folder, 'page.html');
    const bad = join(folder, 'bad-ttl.yaml');
    await writeFile(bad, BAD_TTL);
    const words = ['run', bad, 'scenarios/power-off.yaml', '--stage', 'virtual', '--html', page, '--out', folder];
    await run(process.execPath, ['dist/cli.js', ...words], { cwd: root }).catch((error: { code: number }) => {
      if (error.code !== 1) throw error;
    });
    report = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as RunReport;
    browser = await openBrowser();
    for (const view of VIEWS) looks.set(view, (await browser.evaluate(pathToFileURL(page).href, view, LOOK)) as Look);
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(VIEWS)('$scheme, $width px: tells the verdicts of the report, the worst first, and fits', (view) => {
    const { heading, scenarios, width } = looks.get(view)!;
    expect(heading).toBe('4 scenarios: 1 failed, 3 passed');
    expect(scenarios).toHaveLength(report.scenarios.length);
    expect(scenarios[0]).toEqual(['fail', 'bad-ttl/v3-ipv4/native']);
    expect(new Map(scenarios.map(([verdict, name]) => [name, verdict]))).toEqual(
      new Map(report.scenarios.map(({ id, verdict }) => [id, verdict])),
    );
    expect(width).toBeLessThanOrEqual(view.width);
  });

  it('is dark where the reader wants it dark', () => {
    const grounds = VIEWS.map((view) => [view.scheme, looks.get(view)!.ground]);
    expect(grounds.map(([scheme, ground]) => [scheme, ground === 'rgb(20, 23, 26)'])).toEqual(
      VIEWS.map(({ scheme }) => [scheme, scheme === 'dark']),
    );
  });

  it('shows text as text, and asks no network for anything', () => {
    const { title, images, requests } = looks.get(VIEWS[0]!)!;
    expect({ title, images, requests }).toEqual({
      title: 'vrrpbench: 4 scenarios: 1 failed, 3 passed',
      images: 0,
      requests: 0,
    });
  });

  it('has the matrix: what deviates, and what holds', () => {
    const { matrix } = looks.get(VIEWS[1]!)!;
    expect(matrix['tx.ttl']).toEqual(['holds', 'deviates', 'holds']);
    expect(matrix['tx.src-mac']).toEqual(['holds', 'holds', 'holds']);
  });

  it.each(VIEWS)(
    '$scheme, $width px: a click on a frame decodes it, and names the rule that it broke',
    async (view) => {
      const url = `${pathToFileURL(page).href}#bad-ttl/v3-ipv4/native`;
      const story = (await browser.evaluate(url, view, STORY)) as Story;
      expect(story.lanes).toEqual(['r1', 'r2', 'h1']);
      expect(story.active).toBeGreaterThanOrEqual(1);
      expect(story.tip).toBe(`frame ${story.frame}: advertisement of VRID 51, priority 200`);
      expect(story.hash).toBe(`#bad-ttl/v3-ipv4/native@${story.frame}`);
      for (const text of [
        'tx.ttl',
        'RFC 9568 §',
        'TTL\t254',
        'VRID\t51',
        'priority\t200',
        '192.0.2.101',
        '0000  01 00 5e 00 00 12',
      ])
        expect(story.panel).toContain(text);
      const ttl = report.scenarios[0]!.findings.find(({ requirement }) => requirement === 'tx.ttl')!;
      expect(ttl.frames.map(({ number }) => number)).toContain(Number(story.frame));
      expect(Number.parseFloat(story.zoomed)).not.toBe(Number.parseFloat(story.before));
      expect(story.cut).toBeLessThanOrEqual(view.width);
    },
  );
});

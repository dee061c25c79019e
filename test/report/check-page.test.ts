import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkCapture } from '../../src/conformance/check-capture.ts';
import { checkHtml } from '../../src/report/check-html.ts';
import { checkReport } from '../../src/report/check-json.ts';

const run = promisify(execFile);
const recorded = (name: string) => fileURLToPath(new URL(`../../captures/recorded/${name}`, import.meta.url));

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const browser = BROWSERS.find((path) => existsSync(path));
const missing = browser === undefined ? ' (skipped: no Chromium here)' : '';

/** What a person reads and what the layout is, with everything folded open. */
interface Seen {
  readonly dark: boolean;
  readonly width: number;
  readonly scrollWidth: number;
  /** Elements that stand out of the page and cannot be scrolled to on their own. */
  readonly cut: readonly string[];
  readonly paper: string;
  readonly ink: string;
  readonly lead: string;
  readonly rows: readonly (readonly string[])[];
  readonly bars: number;
  readonly announced: number;
  readonly vacancies: number;
  readonly findings: readonly (readonly string[])[];
  readonly causes: number;
}

/** Runs in the page's frame; what it returns is read from the document that Chromium prints. */
const LOOK = `
const page = document.querySelector('iframe').contentDocument;
const view = document.querySelector('iframe').contentWindow;
for (const one of page.querySelectorAll('details')) one.open = true;
const text = (one) => one.textContent.trim();
const all = (selector) => [...page.querySelectorAll(selector)];
const body = view.getComputedStyle(page.body);
const seen = {
  dark: view.matchMedia('(prefers-color-scheme:dark)').matches,
  width: view.innerWidth,
  scrollWidth: page.documentElement.scrollWidth,
  cut: all('main *').filter((one) => one.closest('.scroll, svg') === null || one.matches('.scroll, svg'))
    .filter((one) => { const { left, right } = one.getBoundingClientRect(); return left < 0 || right > view.innerWidth; })
    .map((one) => one.outerHTML.slice(0, 80)),
  paper: body.backgroundColor,
  ink: body.color,
  lead: text(page.querySelector('main > p')),
  rows: all('section > .scroll tr').slice(1).map((row) => [...row.cells].map(text)),
  bars: all('.bar:not(.early)').length,
  announced: all('.bar.early').length,
  vacancies: all('rect.none').length,
  findings: all('li').filter((one) => one.querySelector('.fail, .warning, .inconclusive, .pass'))
    .map((one) => [text(one.querySelector('.chip')), text(one.querySelector('strong')), text(one.querySelector('summary')).split(',')[0]]),
  causes: all('li').filter((one) => one.querySelector('.shown, .likely, .possible')).length,
};
const out = document.createElement('pre');
out.textContent = JSON.stringify(seen);
document.body.replaceChildren(out);`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vrrpbench-page-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function look(page: string, width: number): Promise<Seen> {
  await writeFile(join(folder, 'page.html'), page);
  // A window is never as narrow as a phone; a frame in it is.
  const frame = `<!doctype html><body><iframe src="page.html" style="width:${width}px;height:800px;border:0"></iframe><script>window.addEventListener('load', () => {${LOOK}});</script>`;
  await writeFile(join(folder, 'frame.html'), frame);
  const { stdout } = await run(
    browser!,
    [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--hide-scrollbars',
      '--allow-file-access-from-files',
      '--blink-settings=preferredColorScheme=0',
      `--user-data-dir=${join(folder, 'profile')}`,
      '--dump-dom',
      `file://${join(folder, 'frame.html')}`,
    ],
    { timeout: 60_000 },
  );
  const told = /<pre>(.*)<\/pre>/s.exec(stdout)?.[1] ?? '';
  return JSON.parse(told.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')) as Seen;
}

describe.skipIf(browser === undefined)(`the page of check in Chromium, dark and 390 pixels wide${missing}`, () => {
  it.each(['frr-8.4.4_v3_ipv6.pcap', 'interop_keepalived-2.2.7_frr-8.4.4_v3_ipv4.pcap'])(
    'of %s fits, and says what the JSON says',
    async (name) => {
      const checked = await checkCapture(recorded(name));
      const seen = await look(checkHtml(checked), 390);
      expect(seen).toMatchObject({ dark: true, width: 390, scrollWidth: 390, cut: [] });
      expect([seen.paper, seen.ink]).toEqual(['rgb(20, 23, 26)', 'rgb(230, 233, 237)']);

      const told = checkReport(checked);
      const { frames, advertisements } = told.capture;
      expect(seen.lead).toMatch(new RegExp(`^${frames} frames, ${advertisements} advertisements, from `));
      const [history] = told.virtualRouters;
      expect(seen.rows.map((cells) => cells.slice(0, 3))).toEqual(
        history!.routers.map((one) => [one.name, one.priorities.join(', '), String(one.advertisements)]),
      );
      expect([seen.bars, seen.vacancies]).toEqual([history!.timeline.length, history!.vacancies.length]);
      // FRR announces a second before it advertises, over IPv6 alone.
      expect(seen.announced).toBe(name.startsWith('frr') ? history!.vacancies.length : 0);
      expect(seen.findings.toSorted()).toEqual(
        told.findings
          .map(({ verdict, requirement, count }) => [verdict, requirement, count === 1 ? 'once' : `${count} times`])
          .toSorted(),
      );
      expect(seen.causes).toBe(told.causes.length);
    },
    90_000,
  );
});

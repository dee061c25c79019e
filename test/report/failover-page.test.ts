import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureFailover } from '../../src/failover/experiment.ts';
import { PATHS } from '../../src/failover/trial.ts';
import { failoverHtml } from '../../src/report/failover-html.ts';
import { failoverReport } from '../../src/report/failover-json.ts';
import type { FailoverCell, FailoverReport } from '../../src/report/failover-schema.ts';
import { number } from '../../src/report/failover-table.ts';
import { createSimulation } from '../../src/simulation/simulation.ts';
import { requirePeer } from '../peers.ts';
import { type Browser, openBrowser, type View } from './browser.ts';

const VIEWS: readonly View[] = (['light', 'dark'] as const).flatMap((scheme) =>
  [390, 1280].map((width) => ({ width, scheme })),
);

/** What a reader sees: evaluated in the page. */
const LOOK = `({
  width: document.documentElement.scrollWidth,
  tables: [...document.querySelectorAll('table:not(.paths)')].map((table) => [...table.rows].map((row) => [...row.cells].map((cell) => cell.innerText))),
  ground: getComputedStyle(document.body).backgroundColor,
  ink: getComputedStyle(document.body).color,
  drawings: [...document.querySelectorAll('svg.plot')].map((drawing) => drawing.getBoundingClientRect().width),
  links: [...document.querySelectorAll('a')].map((link) => link.getAttribute('href')),
})`;

interface Look {
  readonly width: number;
  readonly tables: readonly (readonly (readonly string[])[])[];
  readonly ground: string;
  readonly ink: string;
  readonly drawings: readonly number[];
  readonly links: readonly string[];
}

describe.runIf(requirePeer('chromium'))('the page of a measurement in Chromium', () => {
  let browser: Browser;
  let folder: string;
  let report: FailoverReport;
  const looks = new Map<View, Look>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vrrpbench-page-'));
    const stage = createSimulation();
    const common = { router: 'native', variant: 'v3-ipv4', intervalNs: 100_000_000 } as const;
    const cells = (['power-off', 'stopped', 'in-lost'] as const).map((fault) => ({ ...common, fault }));
    const result = await measureFailover(stage, { cells, runs: 10, seed: 1, folder: join(folder, 'runs') });
    await stage.close();
    report = failoverReport(result, {
      command: `vrrpbench failover --router native --fault ${'power-off,'.repeat(20)}`,
      host: { kernel: '6.1', cores: 2, processor: 'a processor', node: '22' },
      routers: { native: '0.1.0' },
    });
    const path = join(folder, 'failover.html');
    await writeFile(path, failoverHtml(report));
    browser = await openBrowser();
    for (const view of VIEWS) looks.set(view, (await browser.evaluate(pathToFileURL(path).href, view, LOOK)) as Look);
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true });
  });

  /** The figures of a row after the router and the runs, as the JSON has them. */
  function figuresOf({ summaries: { added, outage, lost, bothAnswered, tcpStall } }: FailoverCell): readonly string[] {
    return [
      number(added?.median.value),
      number(added?.p99.value),
      number(outage?.median.value),
      number(outage?.p90.value),
      number(outage?.p99.value),
      number(outage?.maximum),
      PATHS.map((path) => number(lost?.[path]?.median.value)).join('/'),
      // Nothing comes twice in virtual time.
      '0',
      number(bothAnswered?.maximum),
      number(tcpStall?.median.value),
      number(tcpStall?.maximum),
    ];
  }

  it.each(VIEWS)('$scheme, $width px: its figures are those of the JSON', (view) => {
    const { tables } = looks.get(view)!;
    expect(tables).toHaveLength(report.cells.length);
    for (const [index, cell] of report.cells.entries()) {
      const [, row] = tables[index]!;
      // The median has its interval behind it.
      expect(row!.slice(2).map((text) => text.split(' ')[0])).toEqual(figuresOf(cell));
    }
  });

  it.each(VIEWS)('$scheme, $width px: nothing is wider than the window, and everything is drawn', (view) => {
    const { width, drawings } = looks.get(view)!;
    expect(width).toBeLessThanOrEqual(view.width);
    expect(drawings.length).toBeGreaterThan(report.cells.length);
    for (const drawn of drawings) expect(drawn).toBeGreaterThan(view.width * 0.7 - 100);
  });

  it('is dark where the reader wants it dark, and light where not', () => {
    const brightness = (colour: string) => Math.max(...colour.match(/\d+/g)!.slice(0, 3).map(Number));
    for (const [{ scheme }, { ground, ink }] of looks) {
      const [dark, light] = scheme === 'dark' ? [ground, ink] : [ink, ground];
      expect(brightness(dark)).toBeLessThan(80);
      expect(brightness(light)).toBeGreaterThan(180);
    }
  });

  it('links to the capture of every run that it tells', () => {
    const { links } = looks.get(VIEWS[0]!)!;
    const kept = report.cells.flatMap(({ runs }) => runs.filter((run) => run.folder !== undefined));
    expect(kept.length).toBeGreaterThan(0);
    expect(new Set(links)).toEqual(new Set(kept.map((run) => `${run.folder}/capture.pcapng`)));
  });
});

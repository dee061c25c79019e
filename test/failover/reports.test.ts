import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { measureFailover } from '../../src/failover/experiment.ts';
import type { FailoverResult } from '../../src/failover/result.ts';
import { baselineLines, compareWithBaseline } from '../../src/report/failover-baseline.ts';
import { failoverCsv, failoverSummaryCsv } from '../../src/report/failover-csv.ts';
import { ticksUpTo } from '../../src/report/failover-distribution.ts';
import { failoverHtml } from '../../src/report/failover-html.ts';
import { failoverReport } from '../../src/report/failover-json.ts';
import { type FailoverReport, failoverJsonSchema, failoverSchema } from '../../src/report/failover-schema.ts';
import { number } from '../../src/report/failover-table.ts';
import { failoverMarkdown, failoverText } from '../../src/report/failover-text.ts';
import { styleFor } from '../../src/report/style.ts';
import { createSimulation } from '../../src/simulation/simulation.ts';

const CONTEXT = {
  command: 'vrrpbench failover',
  host: { kernel: '6.1', cores: 2, processor: 'a | processor', node: '22' },
  routers: { native: '0.1.0' },
};

let result: FailoverResult;
let report: FailoverReport;

beforeAll(async () => {
  const stage = createSimulation();
  const common = { router: 'native', intervalNs: 100_000_000 } as const;
  result = await measureFailover(stage, {
    cells: [
      { ...common, variant: 'v3-ipv4', fault: 'power-off' },
      { ...common, variant: 'v3-ipv4', fault: 'in-lost' },
      { ...common, variant: 'v2-ipv4', fault: 'power-off' },
    ],
    runs: 10,
    seed: 1,
  });
  await stage.close();
  report = failoverReport(result, CONTEXT);
});

/** The same measurement with every outage longer by so much. */
function slowerBy(ms: number): FailoverReport {
  const copy = structuredClone(report);
  for (const { runs } of copy.cells) {
    for (const { paths } of runs) {
      for (const path of Object.values(paths ?? {})) {
        if (path.outageFrom !== null) path.outageFrom += ms;
        if (path.outageTo !== null) path.outageTo += ms;
      }
    }
  }
  return copy;
}

describe('the JSON of a measurement', () => {
  it('is what the schema says, and comes back from text as it was', () => {
    expect(failoverSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
  });

  it('is published as a JSON Schema', async () => {
    const published: unknown = JSON.parse(await readFile('docs/schema/failover.json', 'utf8'));
    expect(published, 'node tools/schemas.mjs writes it').toEqual(JSON.parse(JSON.stringify(failoverJsonSchema())));
  });

  it('has the figures in milliseconds, and null for an outage that did not end', () => {
    const [powerOff, inLost] = report.cells;
    expect(powerOff!.summaries.outage!.median.value).toBeCloseTo(
      result.cells[0]!.summaries.outage!.median.value / 1e6,
      3,
    );
    expect(inLost!.summaries.outage!.maximum).toBeNull();
    expect(inLost!.runs[0]!.paths!['to-server'].outageTo).toBeNull();
  });
});

describe('the table of a measurement', () => {
  it("has the RFC's time, the figures of the JSON, and why a cell has none", () => {
    const text = failoverText(report, styleFor({}), undefined);
    expect(text).toContain('power-off, v3-ipv4, 100 ms');
    expect(text).toContain('the takeover is due 261 to 361 ms after the fault, 311 at the median');
    expect(text).toMatch(/native +10 /);
    expect(text).toContain(number(report.cells[0]!.summaries.outage!.p90.value));
    expect(text).toMatch(/native +not applicable: v2-ipv4 cannot say 100ms/);
    expect(text).toContain('∞');
  });

  it('tells how many runs were left out, and why', () => {
    const copy = structuredClone(report);
    copy.cells[0]!.runs[3] = { run: 4, seed: 4, phase: 0.5, excluded: 'the host stood still' };
    const text = failoverText(copy, styleFor({}), undefined);
    expect(text).toContain('9 of 10');
    expect(text).toContain('1 run left out: native, power-off, v3-ipv4, 100 ms: the host stood still');
  });

  it('is Markdown whose cells no text of ours or others breaks', () => {
    const lines = failoverMarkdown(report).split('\n');
    const rows = lines.filter((line) => line.startsWith('|'));
    expect(rows.length).toBeGreaterThan(6);
    for (const row of rows) expect(row.replaceAll('\\|', '').match(/\|/g)).toHaveLength(14);
    expect(lines.at(-2)).toContain('a \\| processor');
  });
});

describe('the summaries as CSV', () => {
  it('have a line for each combination, with what was lost and duplicated on each path', () => {
    const [head, first, endless] = failoverSummaryCsv(report)
      .trim()
      .split('\n')
      .map((line) => line.split(','));
    const field = (line: readonly string[], name: string) => line[head!.indexOf(name)];
    const { summaries } = report.cells[0]!;
    expect(field(first!, 'counted')).toBe('10');
    expect(field(first!, 'to_server_lost_median')).toBe(String(summaries.lost!['to-server']!.median.value));
    expect(Number(field(first!, 'to_server_lost_median'))).toBeGreaterThan(300);
    expect(field(first!, 'virtual_address_duplicates_maximum')).toBe('0');
    expect(field(endless!, 'outage_maximum')).toBe('inf');
    expect(first).toHaveLength(head!.length);
  });
});

describe('numbers for people', () => {
  it.each([
    [0, '0'],
    [0.3, '0.3'],
    [0.304, '0.3'],
    [12.34, '12.3'],
    [361.27, '361'],
    [100, '100'],
    [-0.4, '-0.4'],
    [-0.001, '0'],
    [null, '∞'],
    [undefined, '-'],
  ])('%s is %s', (value, text) => {
    expect(number(value)).toBe(text);
  });
});

describe('the CSV of a measurement', () => {
  it('has a line for each run, with as many fields as its head', () => {
    const [head, ...lines] = failoverCsv(report).trimEnd().split('\n');
    expect(lines).toHaveLength(20);
    for (const line of lines) expect(line.split(',')).toHaveLength(head!.split(',').length);
    const column = head!.split(',').indexOf('to_server_outage_to');
    expect(lines.map((line) => line.split(',')[column])).toContain('inf');
    expect(Number(lines[0]!.split(',')[column])).toBe(report.cells[0]!.runs[0]!.paths!['to-server'].outageTo);
  });

  it('quotes what would break it, and disarms what a spreadsheet would compute', () => {
    const copy = structuredClone(report);
    copy.cells[0]!.router = '=1+1';
    copy.cells[0]!.runs[0] = { run: 1, seed: 1, phase: 0, excluded: 'a "word", and\nmore' };
    expect(failoverCsv(copy)).toContain('\n =1+1,');
    expect(failoverCsv(copy)).toContain(',"a ""word"", and\nmore",');
  });
});

describe('the comparison with a baseline', () => {
  it('finds nothing slower in the same figures', () => {
    const { comparisons } = compareWithBaseline(report, report, 5);
    expect(comparisons.filter(({ regressed }) => regressed)).toEqual([]);
    expect(comparisons.map(({ figure }) => figure)).toContain('added');
  });

  it('finds what is slower by more than the threshold, and names it first', () => {
    const compared = compareWithBaseline(report, slowerBy(200), 5);
    expect(compared.comparisons.filter(({ regressed }) => regressed)).toMatchObject([
      { cell: 'native, power-off, v3-ipv4, 100 ms', figure: 'outage', comparison: { shift: 200 } },
    ]);
    expect(baselineLines(compared)[0]).toMatch(/^SLOWER .*power-off.*\+200 ms/);
  });

  it('finds a TCP connection that stands still for longer, or does not go on any more', () => {
    const withStalls = (stallOf: (run: number) => number | null) => {
      const copy = structuredClone(report);
      for (const one of copy.cells[0]!.runs) one.tcp = { stall: stallOf(one.run), repeated: 0 };
      return copy;
    };
    const before = withStalls((run) => 300 + run);
    for (const stallOf of [(run: number) => 700 + run, () => null]) {
      const { comparisons } = compareWithBaseline(before, withStalls(stallOf), 5);
      expect(comparisons.filter(({ regressed }) => regressed)).toMatchObject([{ figure: 'tcp' }]);
    }
    expect(compareWithBaseline(before, before, 5).comparisons.some(({ regressed }) => regressed)).toBe(false);
  });

  it('does not complain of less than the threshold, however sure it is', () => {
    const { comparisons } = compareWithBaseline(report, slowerBy(200), 250);
    expect(comparisons.filter(({ regressed }) => regressed)).toEqual([]);
  });

  it('does not complain of what became faster', () => {
    const { comparisons } = compareWithBaseline(slowerBy(200), report, 5);
    expect(comparisons.filter(({ regressed }) => regressed)).toEqual([]);
  });

  it('takes an outage that does not end any more for slower', () => {
    const copy = structuredClone(report);
    for (const { paths } of copy.cells[0]!.runs)
      for (const path of Object.values(paths!)) Object.assign(path, { outageFrom: null, outageTo: null });
    const { comparisons } = compareWithBaseline(report, copy, 5);
    expect(comparisons.some(({ regressed }) => regressed)).toBe(true);
  });

  it('names what only one of the two has, and what has too few runs', () => {
    const copy = structuredClone(report);
    copy.cells.pop();
    copy.cells[0]!.runs.length = 3;
    const compared = compareWithBaseline(report, copy, 5);
    expect(compared.onlyBefore).toEqual(['native, power-off, v2-ipv4, 100 ms']);
    expect(baselineLines(compared).join('\n')).toContain('fewer than 8 runs on a side');
  });
});

describe('the page of a measurement', () => {
  const figures = (markup: string) => markup.replaceAll(/<[^>]+>/g, ' ');

  it('has the figures of the JSON, a drawing of each distribution, and the telling runs', () => {
    const page = failoverHtml(report);
    const [powerOff] = report.cells;
    expect(figures(page)).toContain(number(powerOff!.summaries.outage!.p90.value));
    expect(figures(page)).toContain(`the median run: run ${powerOff!.medianRun}`);
    expect(figures(page)).toContain(`the worst run: run ${powerOff!.worstRun}`);
    expect(page.match(/aria-label="how long the network was gone/g)).toHaveLength(2);
    expect(page.match(/class="rfc"/g)).toHaveLength(1);
  });

  it('draws a step for each run, and the story with its gaps', () => {
    const page = failoverHtml(report);
    const [, curve] = /class="curve c0" d="([^"]+)"/.exec(page)!;
    expect(curve!.match(/V/g)).toHaveLength(10);
    expect(page).toContain('<title>to-server: nothing from');
    expect(page).toContain('<title>the fault</title>');
  });

  it('runs nothing that a name brings along', () => {
    const copy = structuredClone(report);
    for (const cell of copy.cells) cell.router = '<script>alert(1)</script>';
    copy.cells[0]!.runs[0]!.excluded = '"><img src=x onerror=alert(1)>';
    const page = failoverHtml(copy);
    expect(page).not.toMatch(/<script|<img/);
    expect(page).toContain("default-src 'none'");
  });
});

describe('the ticks of an axis', () => {
  it.each([
    [1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [361, [0, 100, 200, 300]],
    [4200, [0, 1000, 2000, 3000, 4000]],
  ])('up to %d are round', (largest, ticks) => {
    expect(ticksUpTo(largest).map((value) => Number(value.toPrecision(6)))).toEqual(ticks);
  });
});

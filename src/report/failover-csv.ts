import type { FailoverCell, FailoverReport, FailoverRun, FailoverSummary } from './failover-schema.ts';

type Value = string | number | null | undefined;

const PATHS = ['to-server', 'to-client', 'virtual-address'] as const;
const LANS = ['inside', 'outside'] as const;

/** A line for each run, every figure in a column of its own, in milliseconds; `inf` is an outage that did not end. */
export function failoverCsv(report: FailoverReport): string {
  return linesOf(report.cells.flatMap((cell) => cell.runs.map((run) => columnsOf(cell, run))));
}

/** A line for each combination: how many runs count, and the quantiles of every figure; packets, and milliseconds. */
export function failoverSummaryCsv(report: FailoverReport): string {
  return linesOf(report.cells.map(summaryColumns));
}

type Columns = readonly (readonly [name: string, value: Value])[];

/** Every line has the same columns. */
function linesOf(lines: readonly Columns[]): string {
  const [first] = lines;
  if (first === undefined) return '';
  const head = first.map(([name]) => name).join(',');
  return `${[head, ...lines.map((columns) => columns.map(([, value]) => fieldOf(value)).join(','))].join('\n')}\n`;
}

function columnsOf(cell: FailoverCell, run: FailoverRun): Columns {
  return [
    ...keyColumns(cell),
    ['run', run.run],
    ['seed', run.seed],
    ['phase', run.phase],
    ['excluded', run.excluded],
    ...LANS.flatMap((lan) => {
      const takeover = run.takeovers?.[lan];
      return [
        [`${lan}_fault_to_first`, takeover?.faultToFirst],
        [`${lan}_last_to_first`, takeover?.lastToFirst],
        [`${lan}_added`, takeover?.added],
        [`${lan}_first_to_announcement`, takeover?.firstToAnnouncement],
      ] as const;
    }),
    ...PATHS.flatMap((path) => {
      const figures = run.paths?.[path];
      const name = path.replaceAll('-', '_');
      return [
        [`${name}_sent`, figures?.sent],
        [`${name}_lost`, figures?.lost],
        [`${name}_duplicates`, figures?.duplicates],
        [`${name}_outages`, figures?.outages],
        [`${name}_outage_from`, figures?.outageFrom],
        [`${name}_outage_to`, figures?.outageTo],
      ] as const;
    }),
    ['both_answered', run.bothAnswered],
    ['tcp_stall', run.tcp?.stall],
    ['tcp_repeated', run.tcp?.repeated],
  ];
}

function keyColumns(cell: FailoverCell): Columns {
  return [
    ['router', cell.router],
    ['variant', cell.variant],
    ['interval', cell.interval],
    ['fault', cell.fault],
    ['expected_from', cell.expected?.from],
    ['expected_to', cell.expected?.to],
  ];
}

function summaryColumns(cell: FailoverCell): Columns {
  const { runs, notApplicable, summaries } = cell;
  const { faultToFirst, added, firstToAnnouncement, outage, bothAnswered, tcpStall, paths, lost, duplicates } =
    summaries;
  return [
    ...keyColumns(cell),
    ['not_applicable', notApplicable],
    ['runs', runs.length],
    ['counted', runs.filter(({ excluded }) => excluded === undefined).length],
    ...quantiles('fault_to_first', faultToFirst),
    ...quantiles('added', added),
    ...quantiles('first_to_announcement', firstToAnnouncement),
    ...quantiles('outage', outage),
    ...quantiles('both_answered', bothAnswered),
    ...quantiles('tcp_stall', tcpStall),
    ...PATHS.flatMap((path) => {
      const name = path.replaceAll('-', '_');
      return [
        ...quantiles(`${name}_outage`, paths[path]),
        ...quantiles(`${name}_lost`, lost?.[path]),
        ...quantiles(`${name}_duplicates`, duplicates?.[path]),
      ];
    }),
  ];
}

function quantiles(name: string, summary: FailoverSummary | undefined): Columns {
  return [
    [`${name}_median`, summary?.median.value],
    [`${name}_median_low`, summary?.median.low],
    [`${name}_median_high`, summary?.median.high],
    [`${name}_p90`, summary?.p90.value],
    [`${name}_p99`, summary?.p99.value],
    [`${name}_maximum`, summary?.maximum],
  ];
}

/** A field as RFC 4180 has it; text that a spreadsheet would take for a formula is set in quotes with a space before. */
function fieldOf(value: Value): string {
  if (value === undefined) return '';
  if (value === null) return 'inf';
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? ` ${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

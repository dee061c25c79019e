import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { summaryLine } from '../report/count.ts';
import { REPORT_FILE } from '../report/json.ts';
import { mergeReports, type NamedReport, parseRunReport, ReportError } from '../report/merge.ts';
import { mergeJunit, type NamedDocument } from '../report/merge-junit.ts';
import { printable } from '../report/printable.ts';
import { failsRun } from '../scenario/result.ts';
import { EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_PASSED, EXIT_UNUSABLE, exitStatus } from './exit-status.ts';

/** The options of `vrrpbench report merge` as commander hands them over. */
export interface MergeOptions {
  readonly json?: string;
  readonly junit?: string;
  readonly failOn: 'must' | 'should';
}

/** Joins the reports of several machines, tells what they come to together, and returns the exit status. */
export async function mergeCommand(paths: readonly string[], options: MergeOptions): Promise<number> {
  try {
    const files = await reportFiles(paths);
    const reports = files.filter((file) => !file.endsWith('.xml'));
    const documents = files.filter((file) => file.endsWith('.xml'));
    await mergeJunitFiles(documents, options);
    if (reports.length > 0) return await mergeRunReports(await readReports(reports), options);
    if (documents.length === 0) throw new ReportError(`no report in ${paths.map(printable).join(', ')}`);
    return EXIT_PASSED;
  } catch (error) {
    if (!(error instanceof ReportError)) throw error;
    process.stderr.write(`${printable(error.message)}\n`);
    return EXIT_UNUSABLE;
  }
}

/** Reads the reports of runs that these files are, or that folders hold. Throws a ReportError where one cannot be read. */
export async function readReports(paths: readonly string[]): Promise<readonly NamedReport[]> {
  const files = (await reportFiles(paths)).filter((file) => !file.endsWith('.xml'));
  return await Promise.all(files.map(async (file) => ({ file, report: parseRunReport(await readText(file), file) })));
}

async function mergeRunReports(reports: readonly NamedReport[], { json, failOn }: MergeOptions): Promise<number> {
  const { report, missing } = mergeReports(reports);
  if (json !== undefined) await writeText(json, `${JSON.stringify(report, null, 2)}\n`);
  const { scenarios } = report;
  for (const scenario of scenarios.filter((one) => failsRun(one, failOn))) {
    process.stdout.write(`FAIL  ${printable(scenario.id)}\n      again     ${printable(scenario.rerun)}\n`);
  }
  process.stdout.write(`${summaryLine(scenarios)}\n`);
  const open = [
    ...missing.map((shard) => `${shard} is missing`),
    ...report.notBegun.map((id) => `${id} was not begun`),
  ];
  for (const line of open) process.stdout.write(`${printable(line)}\n`);
  const status = exitStatus(scenarios, failOn);
  return open.length > 0 && status !== EXIT_FAILED ? EXIT_INCONCLUSIVE : status;
}

async function mergeJunitFiles(files: readonly string[], { junit }: MergeOptions): Promise<void> {
  if (junit === undefined) return;
  if (files.length === 0) throw new ReportError('--junit: there is no JUnit report (*.xml) to join');
  const documents: readonly NamedDocument[] = await Promise.all(
    files.map(async (file) => ({ file, text: await readText(file) })),
  );
  await writeText(junit, mergeJunit(documents));
}

/** Of a folder every report.json and *.xml in it, however deep. */
async function reportFiles(paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    paths.map(async (path) => {
      const status = await stat(path).catch((error: Error) => error);
      if (status instanceof Error || !status.isDirectory()) return [path];
      const inside = await readdir(path, { recursive: true });
      const wanted = inside.filter((name) => basename(name) === REPORT_FILE || name.endsWith('.xml'));
      return wanted.sort().map((name) => join(path, name));
    }),
  );
  return [...new Set(found.flat())];
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new ReportError(`${file}: ${(error as Error).message}`);
  }
}

async function writeText(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new ReportError(`${file}: ${(error as Error).message}`);
  }
}

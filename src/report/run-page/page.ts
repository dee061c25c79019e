import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { PageData, PageScenario } from '../../page/data.ts';
import type { SuiteResult } from '../../scenario/suite.ts';
import { summaryLine } from '../count.ts';
import { html, raw } from '../html-text.ts';
import { runReport } from '../json.ts';
import { PAGE_STYLE } from '../page.ts';
import { printable } from '../printable.ts';
import type { Reporter } from '../reporter.ts';
import { pageMatrix } from './matrix.ts';
import { pageScenario } from './scenario.ts';
import { RUN_STYLE } from './style.ts';

/** What a page is made with: the program that draws it, and the version of the bench. */
export interface PageMaker {
  readonly program: string;
  readonly version: string;
}

/** Writes a run as one page that needs nothing else: scenarios with their timelines and frames, and the matrix. */
export function createPageReporter(path: string, maker: PageMaker): Reporter {
  return {
    async suiteFinished(outcome) {
      await writeFile(path, runPage(await pageData(outcome, maker.version), maker.program));
    },
  };
}

/** Reads the captures of a run, one after the other, for what its page shows. */
export async function pageData(outcome: SuiteResult, version: string): Promise<PageData> {
  const scenarios: PageScenario[] = [];
  for (const result of outcome.results) scenarios.push(await pageScenario(result));
  return {
    ended: new Date().toISOString(),
    version,
    seed: outcome.seed,
    wallMs: Math.round(outcome.wallMs),
    summary: summaryLine(outcome.results),
    notBegun: outcome.notBegun,
    scenarios,
    matrix: pageMatrix(runReport(outcome)),
  };
}

/** One HTML document: the data as JSON, the program that draws it, and leave to run that program and nothing else. */
export function runPage(data: PageData, program: string): string {
  const script = program.replaceAll('</script', '<\\/script');
  const hash = createHash('sha256').update(script).digest('base64');
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>vrrpbench: ${data.summary}</title>
<style>${PAGE_STYLE}${RUN_STYLE}</style>
</head>
<body>
<main id="page"><h1>${data.summary}</h1><p>This page is drawn by a script of its own; report.json beside it says the same.</p></main>
<script type="application/json" id="data">${raw(jsonInHtml(data))}</script>
<script>${raw(script)}</script>
</body>
</html>
`.markup;
}

/** JSON that no text in it can end early; what frames, files and routers say is made printable. */
function jsonInHtml(data: PageData): string {
  return JSON.stringify(data, (_, value: unknown) => (typeof value === 'string' ? printable(value) : value)).replaceAll(
    '<',
    '\\u003c',
  );
}

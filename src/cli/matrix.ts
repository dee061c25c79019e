import { createMatrix } from '../report/matrix.ts';
import { matrixMarkdown, matrixText } from '../report/matrix-text.ts';
import { ReportError } from '../report/merge.ts';
import { printable } from '../report/printable.ts';
import { EXIT_PASSED, EXIT_UNUSABLE } from './exit-status.ts';
import { readReports } from './report.ts';

/** Prints what runs have shown of every requirement, and returns the exit status. */
export async function matrixCommand(
  paths: readonly string[],
  options: { readonly markdown?: boolean; readonly json?: boolean },
): Promise<number> {
  try {
    const reports = await readReports(paths.length === 0 ? ['runs'] : paths);
    if (reports.length === 0)
      throw new ReportError(`no report.json in ${paths.join(', ') || 'runs'}: vrrpbench run leaves one`);
    const matrix = createMatrix(reports);
    if (options.json === true) process.stdout.write(`${JSON.stringify(matrix, null, 2)}\n`);
    else process.stdout.write(options.markdown === true ? matrixMarkdown(matrix) : matrixText(matrix));
    return EXIT_PASSED;
  } catch (error) {
    if (!(error instanceof ReportError)) throw error;
    process.stderr.write(`${printable(error.message)}\n`);
    return EXIT_UNUSABLE;
  }
}

import { basename } from 'node:path';
import { requirementsMarkdown, requirementsText } from '../report/requirements-text.ts';
import { coverRequirements } from '../scenario/coverage.ts';
import { PUBLIC_TESTS } from '../scenario/public-suite.ts';
import { bundledScenarios, readScenarios } from './scenario-files.ts';

/** Prints the ledger: every requirement with the rules and the bundled scenarios that cover it. */
export async function requirementsCommand(options: {
  readonly json?: boolean;
  readonly markdown?: boolean;
}): Promise<void> {
  const scenarios = await readScenarios([bundledScenarios()]);
  const rows = coverRequirements(
    scenarios.map(({ file, document }) => ({ name: basename(file).replace(/\.ya?ml$/, ''), document })),
  );
  if (options.json === true) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else if (options.markdown === true) process.stdout.write(requirementsMarkdown(rows, PUBLIC_TESTS));
  else process.stdout.write(requirementsText(rows));
}

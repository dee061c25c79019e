import type { ConfigurationResult, VirtualRouterConfiguration } from '../config/configuration.ts';
import { type LoadOptions, loadConfiguration } from '../config/load.ts';

// A program: it reads a configuration for a router that runs, and writes what it says.

/** What it is asked, as JSON in its one word. */
export interface ReadRequest {
  readonly file: string;
  readonly options: LoadOptions;
}

/**
 * What it writes, each as JSON on a line: the result without its virtual routers, and then these, one by one. Who reads
 * that has other work between two lines.
 */
export type ReadLine =
  | { readonly result: ConfigurationResult }
  | { readonly virtualRouter: VirtualRouterConfiguration };

function linesOf(result: ConfigurationResult): ReadLine[] {
  if (!result.ok) return [{ result }];
  const { virtualRouters } = result.configuration;
  const head: ReadLine = { result: { ...result, configuration: { ...result.configuration, virtualRouters: [] } } };
  return [head, ...virtualRouters.map((virtualRouter) => ({ virtualRouter }))];
}

const { file, options } = JSON.parse(process.argv[2]!) as ReadRequest;
for (const line of linesOf(loadConfiguration(file, options))) process.stdout.write(`${JSON.stringify(line)}\n`);

import { basename, dirname } from 'node:path';
import type { RouterConfiguration, VirtualRouterConfiguration } from '../../config/configuration.ts';
import { type LoadOptions, loadConfiguration } from '../../config/load.ts';
import { type ConfigurationNotice, describeConfigurationError } from '../../config/problem.ts';
import { StageError } from '../../stage/stage.ts';

/** A router whose configuration is rehearsed. */
export interface RehearsedRouter {
  /** What reports call it, and the machine in the lab: letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  readonly configuration: RouterConfiguration;
  /** What its reader ignored or adjusted. */
  readonly notices: readonly ConfigurationNotice[];
}

/** A virtual router as one router has it. */
export interface Member {
  readonly router: string;
  readonly one: VirtualRouterConfiguration;
}

/** Linux allows 15 characters of an interface; a name of a machine need not be longer than a host's. */
const LONGEST_NAME = 63;

/**
 * Reads the configurations of all routers, as keepalived itself would.
 * @throws StageError with a line for each thing that is wrong, in whichever file
 */
export function readRehearsedRouters(files: readonly string[], options: LoadOptions = {}): readonly RehearsedRouter[] {
  const results = files.map((file) => loadConfiguration(file, options));
  const lines = results.flatMap((result) => (result.ok ? [] : result.errors.map(describeConfigurationError)));
  if (lines.length > 0) throw new StageError(lines.join('\n'));
  const read = results.flatMap((result) => (result.ok ? [result] : []));
  const names = namesOf(read.map(({ configuration }) => configuration));
  return read.map(({ configuration, notices }, index) => ({ name: names[index]!, configuration, notices }));
}

/** Names that tell the routers apart: router_id, the files' names, or the folders' that they are in; else r1, r2. */
function namesOf(configurations: readonly RouterConfiguration[]): readonly string[] {
  const candidates: readonly ((one: RouterConfiguration) => string | undefined)[] = [
    ({ routerId }) => routerId,
    ({ file }) => basename(file).replace(/\.[^.]*$/, ''),
    ({ file }) => basename(dirname(file)),
  ];
  for (const candidate of candidates) {
    const names = configurations.map((one) => candidate(one)?.replaceAll(/[^A-Za-z0-9._-]+/g, '-'));
    const usable = names.every(
      (name) => name !== undefined && /^[A-Za-z0-9]/.test(name) && name.length <= LONGEST_NAME,
    );
    if (usable && new Set(names).size === names.length) return names as readonly string[];
  }
  return configurations.map((_, index) => `r${index + 1}`);
}

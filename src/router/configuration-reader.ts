import { closeSync } from 'node:fs';
import type { ConfigurationResult, VirtualRouterConfiguration } from '../config/configuration.ts';
import type { LoadOptions } from '../config/load.ts';
import { wholeFile } from '../config/problem.ts';
import { openMemoryFile, readMemoryFile } from '../linux/memory-file.ts';
import { programPath } from '../linux/programs.ts';
import { spawnProgram } from '../linux/spawn.ts';
import type { ReadLine, ReadRequest } from './configuration-program.ts';
import { inTurns } from './turns.ts';

const STANDARD_ERROR = 2;
const MOST_OCTETS = 256 << 20;

/**
 * As `loadConfiguration`, while the router goes on: 255 virtual routers take 70 ms to read, so a process of its own does
 * it. A thread would hold up the router as well: it shares the memory whose map it changes all the time, and may lose
 * its core while it does. Never rejects.
 */
export async function readConfiguration(file: string, options: LoadOptions): Promise<ConfigurationResult> {
  const output = openMemoryFile();
  try {
    const request: ReadRequest = { file, options };
    const words = [programPath('configuration-program'), JSON.stringify(request)];
    const reading = await spawnProgram({ program: process.execPath, words, output, error: STANDARD_ERROR });
    reading.ref();
    const { status, signal } = await reading.ended;
    if (status !== 0) throw new Error(`its reader ended with ${signal ?? `status ${status}`}`);
    return await putTogether(readMemoryFile(output, MOST_OCTETS).trimEnd().split('\n'));
  } catch (error) {
    const message = `the configuration cannot be read: ${(error as Error).message}`;
    return { ok: false, errors: [{ ...wholeFile(file), message }], notices: [] };
  } finally {
    closeSync(output);
  }
}

async function putTogether(lines: readonly string[]): Promise<ConfigurationResult> {
  let result: ConfigurationResult | undefined;
  const virtualRouters: VirtualRouterConfiguration[] = [];
  await inTurns(lines, (text) => {
    const line = JSON.parse(text) as ReadLine;
    if ('result' in line) result = line.result;
    else virtualRouters.push(line.virtualRouter);
  });
  if (result === undefined) throw new Error('its reader says nothing');
  return result.ok ? { ...result, configuration: { ...result.configuration, virtualRouters } } : result;
}

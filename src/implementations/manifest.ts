import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { findProgram } from '../linux/programs.ts';
import { NotPlayableError, StageError } from '../stage/stage.ts';
import type { RouterDescription } from '../stage/topology.ts';
import type { Implementation } from './implementation.ts';
import { routerValues } from './router-values.ts';
import { fillIn, TemplateError, type TemplateValues } from './template.ts';

type VirtualRouter = RouterDescription['virtualRouters'][number];

/** What a router may be unable to do, and how a virtual router asks for it. */
const ABILITIES: Readonly<Record<string, (intent: VirtualRouter) => boolean>> = {
  'version-2': ({ version }) => version === 2,
  'version-3': ({ version }) => version === 3,
  ipv4: ({ family }) => family === 'ipv4',
  ipv6: ({ family }) => family === 'ipv6',
  owner: ({ priority }) => priority === 255,
  'preempt-off': ({ preempt }) => preempt === false,
  'preempt-delay': ({ preemptDelayNs = 0 }) => preemptDelayNs > 0,
  'accept-off': ({ acceptMode }) => acceptMode === false,
  'accept-on': ({ acceptMode, priority }) => acceptMode !== false && priority !== 255,
  'virtual-mac': ({ virtualMac }) => virtualMac !== false,
  'physical-mac': ({ virtualMac }) => virtualMac === false,
  'router-advertisements': ({ routerAdvertisements }) => routerAdvertisements === true,
  'transmit-on-base': ({ transmitOnBase }) => transmitOnBase === true,
  'sub-second-interval': ({ advertisementIntervalNs = 0 }) => advertisementIntervalNs % 1_000_000_000 !== 0,
  'checksum-message-alone': ({ ipv4Checksum }) => ipv4Checksum === 'message-alone',
  'checksum-with-pseudo-header': ({ ipv4Checksum }) => ipv4Checksum === 'with-pseudo-header',
};

const LARGEST_FILE = 1_000_000;
const PRIORITY = 10;
const FILE_MODE = 0o600;

const command = z.array(z.string().min(1)).min(1);
const seconds = z.number().positive().max(120);

/** What a manifest may say: how a router is run that the bench has never seen. */
export const manifestSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9-]*$/)
      .describe('How results name it: letters, digits and hyphens'),
    cannot: z
      .array(z.enum(Object.keys(ABILITIES)))
      .default([])
      .describe('What it cannot do: scenarios that ask for it are not applicable'),
    files: z
      .record(z.string().regex(/^(?!\/)(?!.*\.\.).+$/), z.string())
      .default({})
      .describe('Files of its folder, written before each start: path to template'),
    remove: z.array(z.string()).default([]).describe('Files of its folder that are deleted before each start'),
    prepare: z.array(command).default([]).describe('Commands that are run to their end before each start'),
    start: command.describe('The program and its arguments, in the foreground; {folder} is its folder'),
    ready: z
      .string()
      .optional()
      .describe('A regular expression: the line of its output that says that it runs; else it is ready at once'),
    'ready-within': seconds.default(20).describe('Seconds'),
    stop: z.enum(['SIGTERM', 'SIGINT']).default('SIGTERM').describe('The signal that asks it to stop'),
    'stop-within': seconds.default(5).describe('Seconds; then it is killed'),
  })
  .meta({ title: 'A router for vrrpbench', description: 'How a router is configured, started and stopped.' });

type Manifest = z.infer<typeof manifestSchema>;

/** Whether `--router` is given a manifest's file, rather than a name. */
export function isManifestFile(word: string): boolean {
  return /\.ya?ml$/.test(word);
}

/** Reads a manifest's file. Rejects with a StageError that says what is wrong where. */
export async function readManifest(file: string): Promise<Implementation> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new StageError(`${file}: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`);
  });
  return parseManifest(text, file);
}

/** An implementation from the text of its manifest. Throws a StageError that says what is wrong where. */
export function parseManifest(text: string, file: string): Implementation {
  if (text.length > LARGEST_FILE) throw new StageError(`${file}: longer than ${LARGEST_FILE} characters`);
  const yaml = parseDocument(text, { prettyErrors: true, uniqueKeys: true });
  const [problem] = yaml.errors;
  if (problem !== undefined) throw new StageError(`${file}: ${problem.message}`);
  const result = manifestSchema.safeParse(toPlainValue(yaml, file));
  if (!result.success) {
    const lines = result.error.issues.map(
      ({ path, message }) => `${file}: ${path.join('.') || 'manifest'}: ${message}`,
    );
    throw new StageError(lines.join('\n'));
  }
  requireExpression(result.data, file);
  return implementationOf(result.data, file);
}

function toPlainValue(yaml: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return yaml.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new StageError(`${file}: ${(error as Error).message}`);
  }
}

function requireExpression({ ready }: Manifest, file: string): void {
  if (ready === undefined) return;
  try {
    new RegExp(ready);
  } catch (error) {
    throw new StageError(`${file}: ready: ${(error as Error).message}`);
  }
}

function implementationOf(manifest: Manifest, file: string): Implementation {
  const { name, start, ready } = manifest;
  const program = start[0]!;
  return {
    name,
    find() {
      const found = program.includes('/') && existsSync(program) ? program : findProgram(program);
      if (found !== undefined) return { available: true, program: found };
      return { available: false, reason: `${program} is not installed`, cure: `install what ${file} starts` };
    },
    launch(router) {
      requireAble(manifest, router);
      const values = routerValues(router);
      const filled = (template: string): string => fill(template, values, file);
      const files = Object.entries(manifest.files).map(([path, template], index) => ({
        path,
        // What a scenario brings word for word is the first of them.
        text: (index === 0 ? router.configuration : undefined) ?? filled(template),
        mode: FILE_MODE,
      }));
      const commandOf = ([first, ...rest]: readonly string[]) => ({
        program: filled(first!),
        arguments: rest.map(filled),
      });
      return {
        files,
        prepare: manifest.prepare.map(commandOf),
        command: commandOf(start),
        stopSignal: manifest.stop,
        stopTimeoutMs: manifest['stop-within'] * 1000,
        ...(ready === undefined ? {} : { readyPattern: ready }),
        readyTimeoutMs: manifest['ready-within'] * 1000,
        realTimePriority: PRIORITY,
        removeBeforeStart: manifest.remove,
      };
    },
  };
}

function requireAble({ name, cannot }: Manifest, router: RouterDescription): void {
  for (const intent of router.virtualRouters) {
    const lacking = cannot.find((ability) => ABILITIES[ability]!(intent));
    if (lacking !== undefined)
      throw new NotPlayableError(`router '${router.name}' is to be played by ${name}, which cannot do ${lacking}`);
  }
}

function fill(template: string, values: TemplateValues, file: string): string {
  try {
    return fillIn(template, values);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new StageError(`${file}: ${error.message}`);
  }
}

/** The JSON Schema of manifests (draft 2020-12), for editors. */
export function manifestJsonSchema(): object {
  return z.toJSONSchema(manifestSchema, { io: 'input' });
}

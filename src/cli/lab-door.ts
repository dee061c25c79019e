import { lstatSync } from 'node:fs';
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath } from '../linux/programs.ts';
import { type Machines, StageError } from '../stage/stage.ts';

/** Names the door of the lab that a shell is in; set inside it. */
export const LAB_VARIABLE = 'VRRPBENCH_LAB';

/** What is asked at the door of a lab, one JSON text a line. */
export type DoorRequest = { readonly kind: 'machines' } | { readonly kind: 'step'; readonly text: string };

/** What is answered: one line, and the door closes. */
export type DoorAnswer =
  | { readonly error: string; readonly cure?: string }
  | { readonly machines: Machines; readonly mountNamespace: string }
  | { readonly verdict: string; readonly text: string; readonly reason?: string };

/** A socket at which other commands of the same user reach a lab that is open, and the folder that it is in. */
export interface Door {
  readonly path: string;
  /** Where a program `vrrpbench` is that is this one, for the lab's shell. */
  readonly programs: string;
  close(): Promise<void>;
}

const LONGEST_REQUEST = 64 * 1024;
/** Nobody who comes to a door says nothing for that long. */
const SILENCE_MS = 5_000;
const SOCKET = 'door';

/** Below which every lab of this user has a folder, whose name is the number of its process. */
function doorsFolder(): string {
  return join(tmpdir(), `vrrpbench-${process.getuid?.() ?? 0}`);
}

/** Opens the door of this process's lab. Rejects with a StageError where its folder is somebody else's. */
export async function openDoor(answer: (request: DoorRequest) => Promise<DoorAnswer>): Promise<Door> {
  const folder = doorsFolder();
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw new StageError(`the lab's door cannot be made: ${error.message}`);
  });
  requireOwn(folder);
  const own = join(folder, String(process.pid));
  const programs = join(own, 'bin');
  const path = join(own, SOCKET);
  // A process of this number may have left one behind.
  await rm(own, { recursive: true, force: true });
  await mkdir(programs, { recursive: true, mode: 0o700 });
  const words = [process.execPath, programPath('cli')].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  await writeFile(join(programs, 'vrrpbench'), `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o700 });
  const server = createServer((socket) => attendTo(socket, answer));
  await listen(server, path);
  await chmod(path, 0o600);
  return {
    path,
    programs,
    async close() {
      await new Promise((resolve) => server.close(resolve));
      await rm(own, { recursive: true, force: true });
    },
  };
}

function requireOwn(folder: string): void {
  const found = lstatSync(folder);
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0) return;
  throw new StageError(
    `${folder} is not a folder of this user alone`,
    'remove it, or set TMPDIR to a folder of your own',
  );
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new StageError(`the lab's door cannot be made: ${error.message}`)));
    server.listen(path, () => resolve());
  });
}

function attendTo(socket: Socket, answer: (request: DoorRequest) => Promise<DoorAnswer>): void {
  let text = '';
  socket.setEncoding('utf8');
  socket.setTimeout(SILENCE_MS, () => socket.destroy());
  socket.on('error', () => {});
  socket.on('data', (piece: string) => {
    text += piece;
    if (text.length > LONGEST_REQUEST) socket.destroy();
    const end = text.indexOf('\n');
    if (end < 0 || socket.destroyed) return;
    socket.removeAllListeners('data').setTimeout(0);
    void reply(text.slice(0, end), answer).then((said) => socket.end(`${JSON.stringify(said)}\n`));
  });
}

async function reply(line: string, answer: (request: DoorRequest) => Promise<DoorAnswer>): Promise<DoorAnswer> {
  try {
    return await answer(JSON.parse(line) as DoorRequest);
  } catch (error) {
    const cure = error instanceof StageError ? error.cure : undefined;
    return { error: (error as Error).message, ...(cure === undefined ? {} : { cure }) };
  }
}

/** Asks at the door of the lab that this shell is in, or of the only one that is open. Rejects with a StageError. */
export async function askAtDoor(request: DoorRequest): Promise<Exclude<DoorAnswer, { readonly error: string }>> {
  const path = process.env[LAB_VARIABLE] ?? (await onlyDoor());
  const answer = await ask(path, request).catch((error: NodeJS.ErrnoException) => {
    throw new StageError(
      `the lab of ${path} is closed (${error.code ?? error.message})`,
      'open one: vrrpbench lab FILE',
    );
  });
  if ('error' in answer) throw new StageError(answer.error, answer.cure);
  return answer;
}

async function onlyDoor(): Promise<string> {
  const folder = doorsFolder();
  const names = await readdir(folder).catch(() => []);
  const open: string[] = [];
  for (const name of names) {
    const path = join(folder, name, SOCKET);
    if (await isAnswered(path)) open.push(path);
    // Its process was killed, and left it.
    else await rm(join(folder, name), { recursive: true, force: true });
  }
  if (open.length === 1) return open[0]!;
  if (open.length === 0) throw new StageError('no lab is open', 'open one: vrrpbench lab FILE');
  const choices = open.map((path) => `${LAB_VARIABLE}=${path}`).join(' or ');
  throw new StageError(`${open.length} labs are open`, `say which: ${choices}`);
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

function ask(path: string, request: DoorRequest): Promise<DoorAnswer> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = createConnection(path, () => socket.write(`${JSON.stringify(request)}\n`));
    socket.setEncoding('utf8');
    socket.on('error', reject);
    socket.on('data', (piece: string) => {
      text += piece;
    });
    socket.on('end', () => {
      if (text === '') reject(new Error('it said nothing'));
      else resolve(JSON.parse(text) as DoorAnswer);
    });
  });
}

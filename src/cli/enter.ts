import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { entryWords } from '../lab/enter.ts';
import { printable } from '../report/printable.ts';
import { StageError } from '../stage/stage.ts';
import { EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_PASSED, EXIT_UNUSABLE } from './exit-status.ts';
import { askAtDoor } from './lab-door.ts';
import { stepText } from './step-text.ts';

/** What a shell says of a program that it does not find, or that a signal ended. */
const EXIT_NOT_FOUND = 127;
const EXIT_BY_SIGNAL = 128;

/** Runs a program on a machine of a lab that is open, a shell unless it is said, and returns its exit status. */
export async function execCommand(machine: string, words: readonly string[]): Promise<number> {
  try {
    const answer = await askAtDoor({ kind: 'machines' });
    if (!('machines' in answer)) throw new StageError('the lab did not say where its machines are');
    const said = words[0] === '--' ? words.slice(1) : words;
    const program = said.length === 0 ? [shellOfUser()] : said;
    return await runProgram(entryWords(answer.machines, answer.mountNamespace, machine, program), process.env);
  } catch (error) {
    return refuse(error);
  }
}

/** Does one step of a scenario in a lab that is open: `pull-cable r1`, or as it stands in a file, `pull-cable: r1`. */
export async function faultCommand(words: readonly string[]): Promise<number> {
  try {
    const answer = await askAtDoor({ kind: 'step', text: stepText(words) });
    if (!('verdict' in answer)) throw new StageError('the lab did not say what became of it');
    const { verdict, text, reason } = answer;
    const why = reason === undefined ? '' : `, ${reason}`;
    process.stdout.write(`${printable(`${text}: ${verdict === 'pass' ? 'done' : verdict}${why}`)}\n`);
    return verdict === 'pass' ? EXIT_PASSED : verdict === 'inconclusive' ? EXIT_INCONCLUSIVE : EXIT_FAILED;
  } catch (error) {
    return refuse(error);
  }
}

/** The shell of whoever calls. */
export function shellOfUser(): string {
  return process.env.SHELL ?? '/bin/sh';
}

/** Runs a program at this terminal until it ends, and returns its exit status as a shell has it. Rejects with a StageError where it cannot be started. */
export async function runProgram(words: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(words[0]!, words.slice(1), { stdio: 'inherit', env });
  // Ctrl-C at the terminal is for the program; whoever ends this command ends the program.
  const ignore = () => {};
  const passOn = () => void child.kill('SIGHUP');
  process.on('SIGINT', ignore).on('SIGTERM', passOn).on('SIGHUP', passOn);
  try {
    const [status, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return status ?? EXIT_BY_SIGNAL + constants.signals[signal ?? 'SIGKILL'];
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new StageError(message);
    process.stderr.write(`${printable(words[0]!)} is not installed\n`);
    return EXIT_NOT_FOUND;
  } finally {
    process.off('SIGINT', ignore).off('SIGTERM', passOn).off('SIGHUP', passOn);
  }
}

function refuse(error: unknown): number {
  if (!(error instanceof StageError)) throw error;
  const cure = error.cure === undefined ? '' : `\n${printable(error.cure)}`;
  process.stderr.write(`${error.message.split('\n').map(printable).join('\n')}${cure}\n`);
  return EXIT_UNUSABLE;
}

import { spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { Operator, OperatorRequest } from '../lab/outside/operator.ts';
import { printable } from '../report/printable.ts';
import { SkippedError } from '../stage/stage.ts';

/** What is typed where something cannot be done. */
const CANNOT = 's';
const PROGRAM_TIMEOUT_MS = 600_000;

/** Whoever runs the routers outside: a program where one is named, else a person at the terminal. */
export function createOperator(program: string | undefined): Operator {
  return program === undefined ? createPerson(process.stdin, process.stderr) : createProgram(program);
}

/** Asks at the terminal, one question after the other. Where input is no terminal nobody is there to ask. */
export function createPerson(
  input: NodeJS.ReadableStream & { readonly isTTY?: boolean },
  output: NodeJS.WritableStream,
): Operator {
  let lines: Interface | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;

  async function question({ words, configuration = '' }: OperatorRequest): Promise<void> {
    if (closed) throw new SkippedError('the run was ended');
    // Not a terminal's line editor: Ctrl-C is to reach the program.
    lines ??= createInterface({ input, terminal: false });
    const details = configuration.split('\n').map((line) => `    ${printable(line)}\n`);
    output.write(
      `\n>>> please ${printable(words)}\n${configuration === '' ? '' : details.join('')}` +
        `    done: Enter; it cannot be done: ${CANNOT} and Enter\n`,
    );
    const answer = await nextLine(lines);
    if (answer === undefined) throw new SkippedError('nobody answers: standard input has ended');
    if (answer.trim() === CANNOT) throw new SkippedError(`whoever was asked to ${words} cannot`);
  }

  return {
    ask(request) {
      if (input.isTTY !== true) {
        const cure = 'name a program that does it: --operator';
        return Promise.reject(
          new SkippedError(`nobody can be asked to ${request.words}: standard input is no terminal`, cure),
        );
      }
      const answered = last.then(() => question(request));
      last = answered.catch(() => {});
      return answered;
    },
    close() {
      closed = true;
      lines?.close();
    },
  };
}

/** The next line; undefined where there is none. */
function nextLine(lines: Interface): Promise<string | undefined> {
  return new Promise((resolve) => {
    const settle = (line?: string): void => {
      lines.off('line', settle);
      lines.off('close', settle);
      resolve(line);
    };
    lines.once('line', settle);
    lines.once('close', () => settle());
  });
}

/**
 * Runs a program for each thing that is to be done: PROGRAM ACTION ROUTER, with the router's description as JSON on its
 * standard input. Exit status 0: it is done.
 */
export function createProgram(program: string): Operator {
  const controller = new AbortController();
  return {
    ask: ({ action, router, words }) =>
      new Promise((resolve, reject) => {
        const child = spawn(program, [action, router.name], {
          stdio: ['pipe', process.stderr, process.stderr],
          timeout: PROGRAM_TIMEOUT_MS,
          signal: controller.signal,
        });
        child.once('error', (error) =>
          reject(new SkippedError(`${program} ${action} ${router.name}: ${error.message}`)),
        );
        child.once('exit', (code, signal) => {
          if (code === 0) resolve();
          else {
            const how = signal === null ? `exit status ${code}` : signal;
            reject(new SkippedError(`${program} was asked to ${words} and ended with ${how}`));
          }
        });
        // A program that does not read it has no need of it.
        child.stdin?.on('error', () => {});
        child.stdin?.end(`${JSON.stringify(router, null, 2)}\n`);
      }),
    close: () => controller.abort(),
  };
}

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { endingWithUs } from '../child.ts';

/** How a page is looked at. */
export interface View {
  readonly width: number;
  readonly scheme: 'light' | 'dark';
}

/** A Chromium without a window. */
export interface Browser {
  /** Opens a page, evaluates an expression there, and gives what it comes to. @throws Error where the page or the expression fails */
  evaluate(url: string, view: View, expression: string): Promise<unknown>;
  close(): Promise<void>;
}

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

const HEIGHT = 900;

/** Starts Chromium, and talks to it through pipes (--remote-debugging-pipe): messages of JSON, a zero octet after each. */
export async function openBrowser(): Promise<Browser> {
  const folder = await mkdtemp(join(tmpdir(), 'vrrpbench-browser-'));
  const words = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--remote-debugging-pipe'];
  const program = spawn(...endingWithUs('chromium', [...words, `--user-data-dir=${folder}`, 'about:blank']), {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const gone = new Promise<void>((resolve) => program.once('exit', () => resolve()));
  const input = program.stdio[3] as Writable;
  const output = program.stdio[4] as Readable;
  const waiting = new Map<number, (answer: Answer) => void>();
  const loads = new Map<string, () => void>();
  let last = 0;
  let text = '';
  output.setEncoding('utf8').on('data', (piece: string) => {
    const messages = `${text}${piece}`.split('\0');
    text = messages.pop() ?? '';
    for (const message of messages) take(JSON.parse(message) as Answer);
  });

  function take(answer: Answer): void {
    if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
    else if (answer.method === 'Page.loadEventFired') loads.get(answer.sessionId ?? '')?.();
  }

  async function ask(method: string, params: object, sessionId?: string): Promise<Readonly<Record<string, unknown>>> {
    last += 1;
    const id = last;
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    input.write(`${JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`);
    const answer = await Promise.race([answered, gone.then(() => ({ error: { message: 'Chromium has ended' } }))]);
    waiting.delete(id);
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
    return ('result' in answer ? answer.result : undefined) ?? {};
  }

  return {
    async evaluate(url, { width, scheme }, expression) {
      const { targetId } = await ask('Target.createTarget', { url: 'about:blank' });
      const sessionId = String((await ask('Target.attachToTarget', { targetId, flatten: true })).sessionId);
      try {
        const loaded = new Promise<void>((resolve) => loads.set(sessionId, resolve));
        await ask('Page.enable', {}, sessionId);
        const size = { width, height: HEIGHT, deviceScaleFactor: 1, mobile: true };
        await ask('Emulation.setDeviceMetricsOverride', size, sessionId);
        const features = [{ name: 'prefers-color-scheme', value: scheme }];
        await ask('Emulation.setEmulatedMedia', { features }, sessionId);
        await ask('Page.navigate', { url }, sessionId);
        await loaded;
        const { result, exceptionDetails } = await ask(
          'Runtime.evaluate',
          { expression, returnByValue: true, awaitPromise: true },
          sessionId,
        );
        if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
        return (result as { readonly value?: unknown }).value;
      } finally {
        loads.delete(sessionId);
        await ask('Target.closeTarget', { targetId });
      }
    },
    async close() {
      await ask('Browser.close', {}).catch(() => {});
      await gone;
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

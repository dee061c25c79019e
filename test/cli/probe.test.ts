import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const command = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** Runs `vrrpbench probe 127.0.0.1` in a network namespace of its own, whose loopback link the test moves. */
class ProbedLoopback {
  readonly child: ChildProcess;
  out = '';
  readonly #lines: string[] = [];
  readonly #waiting: { readonly wanted: RegExp; readonly tell: () => void }[] = [];

  constructor(...words: readonly string[]) {
    const script = 'ip link set lo up; exec node "$@"';
    this.child = spawn('unshare', ['-rn', 'bash', '-c', script, 'probe', command, 'probe', '127.0.0.1', ...words]);
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.out += text;
    });
    createInterface({ input: this.child.stderr! }).on('line', (line) => {
      this.#lines.push(line);
      for (const { wanted, tell } of this.#waiting) if (wanted.test(line)) tell();
    });
  }

  line(wanted: RegExp): Promise<void> {
    if (this.#lines.some((line) => wanted.test(line))) return Promise.resolve();
    return new Promise((tell) => this.#waiting.push({ wanted, tell }));
  }

  link(state: 'up' | 'down'): Promise<unknown> {
    const words = [
      '-t',
      String(this.child.pid),
      '-U',
      '--preserve-credentials',
      '-n',
      'ip',
      'link',
      'set',
      'lo',
      state,
    ];
    return new Promise((resolve) => execFile('nsenter', words, resolve));
  }

  async end(): Promise<number | null> {
    this.child.kill('SIGINT');
    const [status] = (await once(this.child, 'exit')) as [number | null];
    return status;
  }
}

describe('vrrpbench probe', () => {
  it('tells how long an address did not answer, and fails where that was longer than allowed', async () => {
    const probed = new ProbedLoopback('--below', '1ms', '--json');
    await probed.line(/it answers/);
    await probed.link('down');
    await probed.line(/no answer any more/);
    await probed.link('up');
    // Answers are there again when a second outage can begin.
    expect(await probed.end()).toBe(1);
    const told = JSON.parse(probed.out);
    expect(told).toMatchObject({ address: '127.0.0.1', every: 1 });
    const [outage] = told.outages;
    expect(outage.lost).toBeGreaterThan(0);
    expect(outage.to === null || outage.to >= outage.from).toBe(true);
  }, 30_000);

  it('passes where everything was answered', async () => {
    const probed = new ProbedLoopback();
    await probed.line(/it answers/);
    expect(await probed.end()).toBe(0);
    expect(probed.out).toBe('');
  }, 30_000);

  it('says that nothing was proven where nothing ever answered', async () => {
    const child = execFile('unshare', ['-rn', 'node', command, 'probe', '127.0.0.1', '--for', '300ms']);
    const [status] = (await once(child, 'exit')) as [number];
    expect(status).toBe(3);
  }, 30_000);

  it.each([
    [['nonsense'], 'nonsense: expected an IPv4 or IPv6 address'],
    [['127.0.0.1', '--every', '1us'], '--every: expected 0.1ms or more'],
    [['127.0.0.1', '--every', 'often'], "'often' is no duration"],
    [['fe80::1', '--interface', 'nosuch0'], 'nosuch0: there is no such interface'],
  ])('%j: says what is wrong', async (words, message) => {
    const { status, error } = await new Promise<{ status: number | null; error: string }>((resolve) => {
      const child = execFile('unshare', ['-rn', 'node', command, 'probe', ...words], (_, __, error) =>
        resolve({ status: child.exitCode, error }),
      );
    });
    expect(error).toContain(message);
    expect(status).toBe(2);
  });
});

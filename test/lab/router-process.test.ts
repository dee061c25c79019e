import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLab } from '../../src/lab/lab.ts';
import type { RouterLaunch } from '../../src/lab/launch.ts';
import type { Stage, StageSet } from '../../src/stage/stage.ts';
import { lan, type Recording, record, router, until } from './recording.ts';

/** A router that is a shell script: what the lab does to processes does not depend on what they are. */
function script(text: string): Partial<RouterLaunch> {
  return { command: { program: 'sh', arguments: ['-c', text] } };
}

const SCRIPTS: Readonly<Record<string, Partial<RouterLaunch>>> = {
  refuses: script('echo cannot read the configuration >&2; exit 3'),
  dies: script('echo ready; read never < "$0" 2>/dev/null; sleep 0.2; echo out of memory; kill -ABRT $$'),
  silent: { ...script('sleep 60'), readyTimeoutMs: 200 },
  family: script(
    'echo ready; (sh -c "sleep 60 & sleep 60; echo restarted" & sleep 60; echo restarted) & wait; echo restarted',
  ),
  stubborn: { ...script('trap "" TERM; echo ready; while :; do sleep 0.1; done'), stopTimeoutMs: 300 },
  talkative: script('i=0; while [ $i -lt 5000 ]; do i=$((i+1)); echo "line $i"; done; echo ready; sleep 60'),
  environment: {
    ...script('cat {folder}/deep/file; pwd; echo $TMPDIR; ls -A $TMPDIR | wc -l; echo ready; sleep 60'),
    files: [{ path: 'deep/file', text: 'in {folder}\n', mode: 0o600 }],
    prepare: [{ program: 'sh', arguments: ['-c', 'echo prepared'] }],
  },
  unprepared: { ...script('echo ready; sleep 60'), prepare: [{ program: 'false', arguments: [] }] },
  missing: { command: { program: '/nonexistent/routerd', arguments: [] } },
};

function launchOf(name: string): RouterLaunch {
  return {
    files: [],
    prepare: [],
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 2_000,
    readyPattern: '^ready$',
    readyTimeoutMs: 5_000,
    removeBeforeStart: [],
    command: { program: 'true', arguments: [] },
    ...SCRIPTS[name],
  };
}

describe.concurrent("a router's processes", () => {
  let lab: Stage;
  beforeAll(async () => {
    lab = await openLab({ launchFor: ({ name }) => launchOf(name), implementations: new Set(['script']) });
  });
  afterAll(() => lab.close());

  async function build(name: string): Promise<{ set: StageSet; recording: Recording; start: () => Promise<void> }> {
    const recording = record();
    const set = await lab.build({ lans: lan('bridge'), nodes: [router(name, 1, 'script')] }, recording, { seed: 1 });
    return { set, recording, start: () => set.perform({ kind: 'start', router: name }) };
  }

  it('one that ends while it starts is an error with its last lines', async () => {
    const { set, recording, start } = await build('refuses');
    await expect(start()).rejects.toThrow(/'refuses' ended while it started[\s\S]*cannot read the configuration/);
    await until(set, 'its end is told', 2, () => recording.events.some(({ kind }) => kind === 'router-exited'));
    await set.close();
  });

  it('one that dies by itself is an event that nobody expected', async () => {
    const { set, recording, start } = await build('dies');
    await start();
    await until(set, 'its end is told', 3, () => recording.events.some(({ kind }) => kind === 'router-exited'));
    expect(exitOf(recording)).toMatchObject({
      expected: false,
      signal: 'SIGABRT',
      lastLogLines: ['ready', 'out of memory'],
    });
    await expect(set.perform({ kind: 'kill', router: 'dies' })).rejects.toThrow('not running');
    await set.close();
  });

  it('one that never says that it is ready is an error, in time', async () => {
    const { set, start } = await build('silent');
    await expect(start()).rejects.toThrow('not ready within 200 ms');
    await set.close();
  });

  it('what must come before it, and what is not there, are errors by name', async () => {
    const first = await build('unprepared');
    await expect(first.start()).rejects.toThrow("'false' ended with exit status 1");
    await first.set.close();
    const second = await build('missing');
    await expect(second.start()).rejects.toThrow(/cannot be started: .*ENOENT/);
    await second.set.close();
  });

  it('killed with all of its family, so that none starts another, and no zombie stays', async () => {
    const { set, recording, start } = await build('family');
    await start();
    await set.perform({ kind: 'kill', router: 'family' });
    const summary = await set.close();
    expect(summary.logs.family).toEqual(['ready']);
    expect(recording.events.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['router-started', 'router-ready', 'router-killed', 'router-exited']),
    );
    await expect.poll(() => zombiesBelow(process.pid), { timeout: 2_000, interval: 5 }).toEqual([]);
  });

  it('one that does not heed its signal is killed when its time is over', async () => {
    const { set, recording, start } = await build('stubborn');
    await start();
    await set.perform({ kind: 'stop', router: 'stubborn' });
    await until(set, 'its end is told', 3, () => recording.events.some(({ kind }) => kind === 'router-exited'));
    const at = (kind: string) => recording.events.find((event) => event.kind === kind)!.timeNs;
    expect(at('router-exited') - at('router-stopping')).toBeGreaterThanOrEqual(300_000_000);
    expect(exitOf(recording)).toMatchObject({ expected: true, signal: 'SIGKILL' });
    await set.close();
  });

  it('only the last lines of a talkative one are kept', async () => {
    const { set, start } = await build('talkative');
    await start();
    const { logs } = await set.close();
    expect(logs.talkative!.length).toBeLessThanOrEqual(1_000);
    expect(logs.talkative!.slice(-2)).toEqual(['line 5000', 'ready']);
  });

  it('has a folder and a place for temporary files of its own', async () => {
    const { set, start } = await build('environment');
    await start();
    const { logs, configurations } = await set.close();
    const [prepared, file, folder, temporary, count] = logs.environment!;
    expect(prepared).toBe('prepared');
    expect(file).toBe(`in ${folder}`);
    expect(temporary).toBe(`${folder}/tmp`);
    expect(Number(count)).toBe(0);
    expect(configurations.environment).toEqual({ 'deep/file': `in ${folder}\n` });
  });

  it('cannot be started twice', async () => {
    const { set, start } = await build('talkative');
    await start();
    await expect(start()).rejects.toThrow('running already');
    await set.close();
  });
});

function exitOf(recording: Recording) {
  return recording.events.find(({ kind }) => kind === 'router-exited');
}

/** Zombies of the scripts among the descendants of a process. */
function zombiesBelow(pid: number): string[] {
  const entries = readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return [{ pid: Number(name), parent: Number(parent), state: state!, stat }];
    } catch {
      return [];
    }
  });
  const family = [pid];
  for (const member of family) {
    for (const entry of entries) if (entry.parent === member) family.push(entry.pid);
  }
  return entries
    .filter((entry) => entry.state === 'Z' && /\((sh|sleep)\)/.test(entry.stat) && family.includes(entry.pid))
    .map(({ stat }) => stat);
}

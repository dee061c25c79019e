import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIRECTION_OUT } from '../../src/capture/frame.ts';
import { fillInWords } from '../../src/lab/server/machine-command.ts';
import type { Stage, StageSet } from '../../src/stage/stage.ts';
import { host, isAdvertisement, lan, openTestLab, type Recording, record, router, until } from './recording.ts';

it('fills in what is between braces, and names what there is where it stands for nothing', () => {
  const words = ['ip', 'link', 'set', '{macvlan}', 'down'];
  expect(fillInWords(words, { macvlan: 'vrrp.51' })).toEqual(['ip', 'link', 'set', 'vrrp.51', 'down']);
  expect(() => fillInWords(words, { interface: 'eth0' })).toThrow(
    "'{macvlan}' stands for nothing here; there is interface",
  );
});

describe.concurrent('a machine on which somebody works', () => {
  let lab: Stage;
  beforeAll(async () => {
    lab = await openTestLab();
  });
  afterAll(() => lab.close());

  async function play(): Promise<{ set: StageSet; recording: Recording }> {
    const recording = record();
    const nodes = [router('r1', 1, 'native', { priority: 200 }), host('h1', 10)];
    const set = await lab.build({ lans: lan('bridge'), nodes }, recording, { seed: 1 });
    return { set, recording };
  }
  const advertised = (recording: Recording): number => recording.at('r1-lan', DIRECTION_OUT, isAdvertisement).length;
  const at = (node: string, text: string) =>
    ({ kind: 'run-command', command: { at: { node }, words: text.split(' ') } }) as const;

  it('does what it is told, and says so in the capture', async () => {
    const { set, recording } = await play();
    await set.perform(at('h1', 'ip link set {interface} mtu 1400'));
    await set.close();
    const notes = recording.events.filter(({ kind }) => kind === 'note');
    expect(notes).toMatchObject([{ text: 'ip link set eth0 mtu 1400' }]);
  });

  it("has the host's console and system log nowhere: writing to a serial line holds up everybody", async () => {
    const { set } = await play();
    const isTheNullDevice = 'test "$(stat -c %t:%T /dev/console)" = 1:3 && ! test -S /dev/log';
    await set.perform({ kind: 'run-command', command: { at: { node: 'h1' }, words: ['sh', '-c', isTheNullDevice] } });
    await set.close();
  });

  it('is a switch where a LAN is meant', async () => {
    const { set } = await play();
    const words = 'bridge link set dev {r1} learning off'.split(' ');
    await set.perform({ kind: 'run-command', command: { at: { lan: 'lan' }, words } });
    await set.close();
  });

  it.each([
    ['ip link set nowhere up', /^'ip link set nowhere up' did not succeed: Cannot find device/],
    ['no-such-program', /there is no program 'no-such-program'/],
  ])('complains of %s in the words of whoever refused', async (text, complaint) => {
    const { set } = await play();
    const outcome = await set.perform(at('h1', text)).catch((error: Error) => error.message);
    expect(outcome ?? '').toMatch(complaint);
    await set.close();
  });

  it('has its interface made anew, and its router goes on there', async () => {
    const { set, recording } = await play();
    await set.perform({ kind: 'start', router: 'r1' });
    await until(set, 'r1 is Active', 10, () => advertised(recording) > 1);
    await set.perform({ kind: 'remove-interface', node: 'r1', lan: 'lan' });
    const before = advertised(recording);
    await set.perform({ kind: 'restore-interface', node: 'r1', lan: 'lan' });
    await until(set, 'r1 is Active again', 10, () => advertised(recording) > before + 1);
    await set.close();
  });

  it('gives its router another configuration while it runs', async () => {
    const { set, recording } = await play();
    await set.perform({ kind: 'start', router: 'r1' });
    await until(set, 'r1 is Active', 10, () => advertised(recording) > 1);
    const description = router('r1', 1, 'native', { priority: 150 });
    await set.perform({ kind: 'reload', router: 'r1', description });
    const priorities = () => recording.at('r1-lan', DIRECTION_OUT, isAdvertisement).map(({ bytes }) => bytes[36]);
    await until(set, 'r1 has its new priority', 10, () => priorities().at(-1) === 150);
    expect(new Set(priorities())).toEqual(new Set([200, 150]));
    await set.close();
  });
});

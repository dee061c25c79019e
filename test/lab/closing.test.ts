import { expect, it } from 'vitest';
import { createLabSet } from '../../src/lab/lab-set.ts';
import { StageError } from '../../src/stage/stage.ts';

it('a set that could not be closed in order hands nothing on afterwards: its listener has closed its files', async () => {
  let frames = 0;
  let forgotten = 0;
  const set = createLabSet({
    number: 1,
    topology: { lans: [], nodes: [] },
    launches: {},
    launchFor: () => {
      throw new StageError('there is no router');
    },
    outsidePorts: [],
    outside: undefined,
    listener: { origin() {}, interface() {}, event() {}, frame: () => (frames += 1) },
    server: {
      call: (request) =>
        request.kind === 'close-set' ? Promise.reject(new StageError('no answer')) : Promise.resolve({}),
      inside: () => ({ processId: 1, inUserNamespace: false }),
      realtimeNow: () => 0n,
    },
    onClosed: () => (forgotten += 1),
  });
  const frame = { timeNs: 1, port: 0, direction: 1, bytes: new Uint8Array(60), start: 0, end: 60, originalLength: 60 };
  set.frames([{ ...frame, direction: 1 }], 1);
  await expect(set.close()).rejects.toThrow('no answer');
  set.frames([{ ...frame, timeNs: 2, direction: 1 }], 2);
  expect({ frames, forgotten }).toEqual({ frames: 1, forgotten: 1 });
  await expect(set.advance(3)).rejects.toThrow('the set is closed');
});

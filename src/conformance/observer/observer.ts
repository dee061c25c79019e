import type { CaptureInterface } from '../../capture/frame.ts';
import type { TimeOrigin } from '../../capture/time.ts';
import type { Observer, ObserverOptions } from './api.ts';

/** Makes an observer of everything that the options ask for. */
export function createObserver(_options: ObserverOptions = {}): Observer {
  let origin: TimeOrigin = { unixNanoseconds: 0n };
  const interfaces: CaptureInterface[] = [];
  let frames = 0;
  return {
    origin(value) {
      origin = value;
    },
    interface(index, description) {
      interfaces[index] = description;
    },
    frame() {
      frames++;
    },
    event() {},
    activeRouters: () => [],
    activity: () => undefined,
    tenures: () => [],
    virtualRouters: () => [],
    finish: () => ({
      origin,
      interfaces,
      frames,
      advertisements: 0,
      virtualRouters: [],
      findings: [],
      notApplicable: [],
      judged: [],
      limits: [],
    }),
  };
}

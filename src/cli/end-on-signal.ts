import type { Stage } from '../stage/stage.ts';

const SIGNAL_STATUS = { SIGINT: 130, SIGTERM: 143 } as const;

/** What a signal has come to, and how to stop listening for one. */
export interface SignalledEnd {
  readonly signal: AbortSignal;
  /** The exit status that the signal asks for; undefined where none came. */
  status(): number | undefined;
  forget(): void;
}

/** On the first signal the stage is closed, so that what is being played ends at once; what is known is still told. */
export function endOnSignal(stage: Stage): SignalledEnd {
  const controller = new AbortController();
  let status: number | undefined;
  const handlers = (['SIGINT', 'SIGTERM'] as const).map((name) => {
    const handler = () => {
      status ??= SIGNAL_STATUS[name];
      if (controller.signal.aborted) return;
      controller.abort();
      void stage.close();
    };
    process.on(name, handler);
    return { name, handler };
  });
  return {
    signal: controller.signal,
    status: () => status,
    forget: () => {
      for (const { name, handler } of handlers) process.off(name, handler);
    },
  };
}

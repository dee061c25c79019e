import { createLogUpdate } from 'log-update';
import { styleFor } from '../report/style.ts';

/** A line of progress with the time that is left; nothing where the stream is no terminal. */
export interface Progress {
  show(done: number, of: number, doing: string): void;
  /** Takes the line away. */
  end(): void;
}

/** Shows progress on a stream, counted from now. */
export function createProgress(screen: NodeJS.WriteStream): Progress {
  if (screen.isTTY !== true) return { show: () => {}, end: () => {} };
  const update = createLogUpdate(screen);
  const style = styleFor(screen);
  const beganMs = performance.now();
  return {
    show(done, of, doing) {
      const leftMs = done === 0 ? Number.NaN : ((performance.now() - beganMs) / done) * (of - done);
      const left = Number.isNaN(leftMs) ? '' : `, ${Math.ceil(leftMs / 1000)} s left`;
      update(style.dim(`${done} of ${of}${left}: ${doing}`));
    },
    end() {
      update.clear();
      update.done();
    },
  };
}

import { createLogUpdate } from 'log-update';
import { printable } from './printable.ts';
import type { Style } from './style.ts';
import type { Screen } from './terminal.ts';

/** Running scenarios that are shown at a time. */
const RUNNING_SHOWN = 8;
/** Hundreds of steps begin in a second: the view is drawn no more often. */
const REDRAW_MS = 100;
/** The time that is left is told when this part of the scenarios is finished. */
const TELLING_SHARE = 0.1;

/** What is being played just now, below what was written. */
export interface LiveView {
  begin(total: number): void;
  started(name: string, attempt: number): void;
  /** A step of a scenario begins. */
  step(name: string, text: string): void;
  finished(name: string): void;
  draw(): void;
  /** Takes it away, until it is drawn again. */
  clear(): void;
  end(): void;
}

/** Shows the scenarios that are being played, each with the step that it is at, how many wait, and the time that is left. */
export function createLiveView(screen: Screen, style: Style, isLive: boolean): LiveView {
  const running = new Map<string, { readonly attempt: number; step: string }>();
  const update = screen.isTTY === true && isLive ? createLogUpdate(screen as NodeJS.WriteStream) : undefined;
  let total = 0;
  let finished = 0;
  let beganMs = 0;
  let timer: NodeJS.Timeout | undefined;

  const draw = () => {
    if (update === undefined || running.size === 0) return;
    const names = [...running].slice(0, RUNNING_SHOWN).map(([name, { attempt, step }]) => {
      const doing = step === '' ? 'its LAN is built' : step;
      return `  ${printable(name)}${attempt > 1 ? ` (attempt ${attempt})` : ''}: ${printable(doing)}`;
    });
    const more = running.size > RUNNING_SHOWN ? [`  and ${running.size - RUNNING_SHOWN} more`] : [];
    update([style.dim(headLine()), ...[...names, ...more].map(style.dim)].join('\n'));
  };
  const headLine = () => {
    const waiting = total - finished - running.size;
    const waits = waiting > 0 ? `, ${waiting} wait for room` : '';
    return `${finished} of ${total} finished${waits}${timeLeft()}; playing:`;
  };
  const timeLeft = () => {
    if (finished < total * TELLING_SHARE) return '';
    const leftMs = ((performance.now() - beganMs) / finished) * (total - finished);
    return `, about ${Math.ceil(leftMs / 1000)} s left`;
  };
  const drawSoon = () => {
    if (update === undefined) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      draw();
    }, REDRAW_MS).unref();
  };
  return {
    begin(scenarios) {
      total = scenarios;
      beganMs = performance.now();
    },
    started(name, attempt) {
      running.set(name, { attempt, step: '' });
      drawSoon();
    },
    step(name, text) {
      const one = running.get(name);
      if (one === undefined) return;
      one.step = text;
      drawSoon();
    },
    finished(name) {
      running.delete(name);
      finished++;
    },
    draw,
    clear: () => update?.clear(),
    end() {
      clearTimeout(timer);
      update?.clear();
      update?.done();
    },
  };
}

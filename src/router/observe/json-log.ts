import { pino } from 'pino';
import type { Output } from '../../linux/output.ts';
import type { Log } from '../log.ts';

/**
 * A log of one JSON object a line, for programs: `level`, `time` (RFC 3339), the fields of what happened (`event`,
 * `instance`, …) and `msg`, the words that people read. Loaded only where it is asked for.
 */
export function createJsonLog(output: Output): Log {
  let left = 0;
  let taken = true;
  const logger = pino(
    {
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    {
      write(line: string) {
        taken = output.write(line);
      },
    },
  );

  return {
    line(text, fields = {}) {
      if (left > 0) {
        logger.warn({ event: 'log-left-out', lines: left }, 'lines of log were left out: nobody reads them');
        if (taken) left = 0;
      }
      const { level = 'info', ...rest } = fields;
      if (left === 0) logger[level](rest, text);
      if (left > 0 || !taken) left += 1;
    },
    close: () => output.close(),
  };
}

import { styleText } from 'node:util';
import type { Verdict } from '../conformance/result.ts';

/** How text is set off where the reader's terminal can show it. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  /** In the colour of a verdict. */
  verdict(verdict: Verdict, text: string): string;
}

const COLOURS: Readonly<Record<Verdict, 'green' | 'red' | 'yellow' | 'gray'>> = {
  pass: 'green',
  fail: 'red',
  warning: 'yellow',
  inconclusive: 'yellow',
  'not-applicable': 'gray',
  skipped: 'gray',
};

/** Colours on a terminal that has not been told to go without (NO_COLOR, TERM=dumb), plain text elsewhere. */
export function styleFor(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv = process.env): Style {
  const refused = (environment.NO_COLOR ?? '') !== '' || environment.TERM === 'dumb';
  if (stream.isTTY !== true || refused) return PLAIN;
  const paint = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    styleText(format, text, { validateStream: false });
  return {
    bold: paint('bold'),
    dim: paint('dim'),
    verdict: (verdict, text) => paint(COLOURS[verdict])(text),
  };
}

const PLAIN: Style = { bold: (text) => text, dim: (text) => text, verdict: (_, text) => text };

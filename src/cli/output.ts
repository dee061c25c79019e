import { appendFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { printable } from '../report/printable.ts';
import { makeFolder } from '../scenario/folder.ts';

/** Where a command is to leave what it found. */
export interface Output {
  readonly out: string;
  readonly junit?: string;
  readonly html?: string;
  readonly tap?: string;
  readonly events?: string;
  readonly json?: boolean;
}

/** What is written as it happens, and may go to standard output. */
const STREAM_OPTIONS = ['tap', 'events'] as const;

/** Makes the folder and the files that are asked for, before anything is played; why it cannot be, in one line. */
export async function prepareOutput({ out, json, ...files }: Output): Promise<string | undefined> {
  try {
    await makeFolder(out);
  } catch (error) {
    return `--out ${printable(out)}: ${printable((error as Error).message)}`;
  }
  const takers = [
    ...(json === true ? ['--json'] : []),
    ...STREAM_OPTIONS.filter((option) => isStandardOutput(files[option])).map((option) => `--${option} -`),
  ];
  if (takers.length > 1) return `${takers.join(' and ')}: only one of them can have standard output`;
  for (const option of ['junit', 'html', ...STREAM_OPTIONS] as const) {
    const path = files[option];
    if (path === undefined || (isStream(option) && isStandardOutput(path))) continue;
    try {
      await (await open(path, 'w')).close();
    } catch (error) {
      return `--${option} ${printable(path)}: ${printable((error as Error).message)}`;
    }
  }
  return undefined;
}

function isStream(option: string): boolean {
  return STREAM_OPTIONS.some((one) => one === option);
}

/** Whether `-` was said where a file can be named. */
export function isStandardOutput(path: string | undefined): boolean {
  return path === '-';
}

/** Adds to a file that `prepareOutput` has made, at once: whoever follows it sees each line when it is written. */
export function writeTo(path: string): (text: string) => void {
  if (isStandardOutput(path)) return (text) => process.stdout.write(text);
  return (text) => appendFileSync(path, text);
}

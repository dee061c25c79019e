import { open } from 'node:fs/promises';
import { printable } from '../report/printable.ts';
import { makeFolder } from '../scenario/folder.ts';

/** Where a command is to leave what it found. */
export interface Output {
  readonly out: string;
  readonly junit?: string;
}

/** Makes the folder and the file that are asked for, before anything is played; why it cannot be, in one line. */
export async function prepareOutput({ out, junit }: Output): Promise<string | undefined> {
  try {
    await makeFolder(out);
  } catch (error) {
    return `--out ${printable(out)}: ${printable((error as Error).message)}`;
  }
  if (junit === undefined) return undefined;
  try {
    await (await open(junit, 'w')).close();
  } catch (error) {
    return `--junit ${printable(junit)}: ${printable((error as Error).message)}`;
  }
  return undefined;
}

import { LinuxError } from './libc.ts';

/** Something of the host that the bench uses. */
export interface Capability {
  readonly name: string;
  readonly available: boolean;
  /** Whether no lab can run without it. */
  readonly needed: boolean;
  /** What was found, or why it is not available, in one line. */
  readonly why: string;
  /** What to do about it, in one line; empty where it is available. */
  readonly cure: string;
}

/** A capability that is there. */
export function available(name: string, needed: boolean, why: string): Capability {
  return { name, available: true, needed, why, cure: '' };
}

/** A capability that is missing. */
export function missing(name: string, needed: boolean, why: string, cure: string): Capability {
  return { name, available: false, needed, why, cure };
}

/** What to do about an error: one answer for all, or one by its name (EPERM). */
export type Cure = string | ((errorName: string) => string);

/** Tries something; an error tells why it is missing. */
export function attempt(name: string, needed: boolean, found: string, cure: Cure, work: () => void): Capability {
  try {
    work();
    return available(name, needed, found);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const errorName = error instanceof LinuxError ? error.code : '';
    return missing(name, needed, why, typeof cure === 'string' ? cure : cure(errorName));
  }
}

/** Where something stands in a configuration: file, line and column, both from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Where a complaint about a whole file points. */
export function wholeFile(file: string): Place {
  return { file, line: 1, column: 1 };
}

/** Why a configuration cannot be used, where, and what to do about it. */
export interface ConfigurationError extends Place {
  readonly message: string;
  readonly cure?: string;
}

/** Something a reader of the log should know, while the configuration is usable: what was ignored, or adjusted. */
export interface ConfigurationNotice extends Place {
  readonly message: string;
}

/** Complaints are collected up to this many; a file that is something else entirely does not flood the terminal. */
export const MOST_COMPLAINTS = 100;

/** Collects complaints and notices while a configuration is read. */
export interface Complaints {
  readonly errors: ConfigurationError[];
  readonly notices: ConfigurationNotice[];
}

/** An empty collection. */
export function noComplaints(): Complaints {
  return { errors: [], notices: [] };
}

/** Adds an error; those beyond MOST_COMPLAINTS are not kept. */
export function complain(complaints: Complaints, place: Place, message: string, cure?: string): void {
  if (complaints.errors.length >= MOST_COMPLAINTS) return;
  const { file, line, column } = place;
  complaints.errors.push(cure === undefined ? { file, line, column, message } : { file, line, column, message, cure });
}

/** Adds a notice; the same words for the same file are kept once, at their first place. */
export function notice(complaints: Complaints, place: Place, message: string): void {
  if (complaints.notices.length >= MOST_COMPLAINTS) return;
  const { file, line, column } = place;
  if (complaints.notices.some((other) => other.message === message && other.file === file)) return;
  complaints.notices.push({ file, line, column, message });
}

/** One line as compilers print it: `keepalived.conf:3:5: message (cure)`. */
export function describeConfigurationError(error: ConfigurationError | ConfigurationNotice): string {
  const cure = 'cure' in error && error.cure !== undefined ? ` (${error.cure})` : '';
  return `${error.file}:${error.line}:${error.column}: ${error.message}${cure}`;
}

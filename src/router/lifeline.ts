import type { Namespace } from '../linux/namespace.ts';
import { type OwnedTables, openOwnedTables } from '../linux/netlink/owned-tables.ts';

/** Tables of nftables that go when this process goes, however it ends; or why there can be none. */
export interface Lifeline {
  readonly tables?: OwnedTables;
  readonly refusal: string;
  close(): void;
}

/** Opens them. What they do is done without where the kernel has none of the kind. */
export function openLifeline(namespace: Namespace): Lifeline {
  try {
    const tables = openOwnedTables(namespace);
    return { tables, refusal: '', close: () => tables.close() };
  } catch (error) {
    return { refusal: (error as Error).message, close: () => {} };
  }
}

import { LinuxError } from '../linux/libc.ts';
import type { Namespace } from '../linux/namespace.ts';
import { type NftNotes, openNftNotes } from '../linux/netlink/nft-notes.ts';
import { findProgram } from '../linux/programs.ts';
import { type Claims, lifeOf } from './claims.ts';
import { readNft, runNft } from './nft.ts';
import type { SysctlChange, SysctlNotes } from './sysctl-guard.ts';

/**
 * Where the original values of kernel parameters survive the process, and what links were like that somebody else made:
 * in comments of an nftables table without effect, for the kernel keeps it for as long as the network namespace that they
 * are of, and no longer.
 */
export interface SysctlMemory extends SysctlNotes {
  /**
   * Hands over what routers left behind that were killed, so that it is put back at the end; what they wrote down goes
   * when `adopt` has returned. @throws NftError (rejects)
   */
  recall(adopt: (changes: readonly SysctlChange[], links: readonly string[]) => void): Promise<void>;
  /** Writes down links that were found: texts that begin with `link` or `address`, without quotes. */
  noteLinks(texts: readonly string[]): void;
  /** When everything is put back. */
  forget(): void;
}

const TABLE = /^table inet vrrpbench_sysctls_(\w+)$/gm;
const LINK = /comment "((?:link|address) [^"]*)"/g;
const ENTRY = /comment "(net\/[^\s"]+) (-?\d+) (-?\d+)"/g;

/** Does nothing where nft is missing. @param onError what cannot be written down is told once */
export function createSysctlMemory(
  namespace: Namespace,
  { own }: Claims,
  onError: (error: Error) => void,
): SysctlMemory {
  const nft = findProgram('nft');
  const noted = new Map<string, Set<string>>();
  let notes: NftNotes | undefined;
  let usable = nft !== undefined;

  function attempt(work: () => void): void {
    if (!usable) return;
    try {
      work();
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      usable = false;
      onError(error);
    }
  }

  function open(): NftNotes {
    if (notes !== undefined) return notes;
    notes = openNftNotes(namespace, tableOf(own));
    return notes;
  }

  return {
    async recall(adopt) {
      if (nft === undefined) return;
      const all = await readNft(nft, ['list', 'tables']);
      for (const [, former] of all.matchAll(TABLE)) {
        // A table that goes with its process tells that the process lives.
        if (all.includes(` ${lifeOf(former!)}\n`)) continue;
        const text = await readNft(nft, ['list', 'table', 'inet', tableOf(former!)]);
        adopt(
          [...text.matchAll(ENTRY)].map(([, name, original, value]) => ({
            name: name!,
            original: original!,
            value: value!,
          })),
          [...text.matchAll(LINK)].map(([, note]) => note!),
        );
        await runNft(nft, `delete table inet ${tableOf(former!)}\n`);
      }
    },
    note(changes) {
      const texts = new Map(changes.map((change) => [textOf(change), change.name]));
      attempt(() => open().add([...texts.keys()]));
      for (const [text, name] of texts) noted.set(name, (noted.get(name) ?? new Set()).add(text));
    },
    noteLinks(texts) {
      attempt(() => open().add(texts));
    },
    drop(names) {
      const texts = names.flatMap((name) => [...(noted.get(name) ?? [])]);
      attempt(() => notes?.remove(texts));
      for (const name of names) noted.delete(name);
    },
    forget() {
      attempt(() => notes?.clear());
      notes?.close();
      notes = undefined;
      noted.clear();
    },
  };
}

function textOf({ name, original, value }: SysctlChange): string {
  return `${name} ${original} ${value}`;
}

function tableOf(id: string): string {
  return `vrrpbench_sysctls_${id}`;
}

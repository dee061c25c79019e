import { LinuxError } from '../libc.ts';
import type { Namespace } from '../namespace.ts';
import { type MessageWriter, NLM_F_CREATE, NLM_F_EXCLUSIVE } from './message.ts';
import {
  beginNftMessage,
  CHAIN_NAME,
  CHAIN_TABLE,
  DELETE_CHAIN,
  DELETE_TABLE,
  NEW_CHAIN,
  NEW_TABLE,
  openNftSocket,
  TABLE_NAME,
} from './nft-socket.ts';

const FAMILY_INET = 1;
const CHAIN_USER_DATA = 12;
/** What `nft list table` shows as `comment`. */
const COMMENT = 0;

/** Text that the kernel keeps for as long as the network namespace: comments of a table of nftables that does nothing. */
export interface NftNotes {
  /** Each of at most 127 octets, and once; all of them are there when this returns, or none. @throws LinuxError */
  add(notes: readonly string[]): void;
  /** Those that are there. @throws LinuxError */
  remove(notes: readonly string[]): void;
  /** All of them, with the table. Somebody may have taken it away. @throws LinuxError */
  clear(): void;
  close(): void;
}

/** A table of family inet, which is there from the first note on. @throws LinuxError */
export function openNftNotes(namespace: Namespace, table: string): NftNotes {
  const socket = openNftSocket(namespace);
  /** The chain of each. */
  const chains = new Map<string, string>();
  let count = 0;

  function chainMessage(type: number, flags: number, chain: string): MessageWriter {
    const message = beginNftMessage(type, flags, FAMILY_INET);
    message.text(CHAIN_TABLE, table);
    message.text(CHAIN_NAME, chain);
    return message;
  }

  return {
    add(notes) {
      const fresh = notes.filter((note) => !chains.has(note)).map((note) => [note, `p${count++}`] as const);
      if (fresh.length === 0) return;
      const message = beginNftMessage(NEW_TABLE, NLM_F_CREATE, FAMILY_INET);
      message.text(TABLE_NAME, table);
      const all = fresh.map(([note, chain]) => {
        const one = chainMessage(NEW_CHAIN, NLM_F_CREATE | NLM_F_EXCLUSIVE, chain);
        one.bytes(CHAIN_USER_DATA, commentOf(note));
        return one;
      });
      socket.send([message, ...all], `write down ${fresh.length} notes in the table ${table}`);
      for (const [note, chain] of fresh) chains.set(note, chain);
    },
    remove(notes) {
      const there = notes.filter((note) => chains.has(note));
      if (there.length === 0) return;
      const all = there.map((note) => chainMessage(DELETE_CHAIN, 0, chains.get(note)!));
      socket.send(all, `delete ${there.length} notes of the table ${table}`);
      for (const note of there) chains.delete(note);
    },
    clear() {
      if (count === 0) return;
      chains.clear();
      const message = beginNftMessage(DELETE_TABLE, 0, FAMILY_INET);
      message.text(TABLE_NAME, table);
      try {
        socket.send([message], `delete the table ${table}`);
      } catch (error) {
        if (!(error instanceof LinuxError && error.code === 'ENOENT')) throw error;
      }
    },
    close: () => socket.close(),
  };
}

function commentOf(note: string): Uint8Array {
  const text = Buffer.from(`${note}\0`);
  return Uint8Array.of(COMMENT, text.length, ...text);
}

// What one thread notes of the host's stalls, for another thread to read. It is memory that both share: no message that a
// busy main thread would have to pass on, so that the capture tells of a stall before it tells of the frames after it.

/** Ends of stalls that a reader may be behind before it misses the oldest. */
const ENTRIES = 256;
const FIELDS = 2;
const BEGIN = 0;
const DURATION = 1;
const OCTETS_PER_FIELD = 8;

/** Memory of one journal: the number of entries so far, and the last of them in a ring. */
export type StallJournal = SharedArrayBuffer;

/** One stall that has ended: CLOCK_REALTIME at its beginning, and nanoseconds. */
export interface StallEntry {
  readonly realtimeNs: bigint;
  readonly durationNs: number;
}

export function createStallJournal(): StallJournal {
  return new SharedArrayBuffer(OCTETS_PER_FIELD * (1 + ENTRIES * FIELDS));
}

/** Notes a stall; one thread alone writes to a journal. */
export function openStallWriter(journal: StallJournal): (entry: StallEntry) => void {
  const count = new BigInt64Array(journal, 0, 1);
  const ring = new BigInt64Array(journal, OCTETS_PER_FIELD);
  return ({ realtimeNs, durationNs }) => {
    const written = Atomics.load(count, 0);
    const at = (Number(written) % ENTRIES) * FIELDS;
    Atomics.store(ring, at + BEGIN, realtimeNs);
    Atomics.store(ring, at + DURATION, BigInt(durationNs));
    Atomics.store(count, 0, written + 1n);
  };
}

/** Reads what was noted since the last call. */
export function openStallReader(journal: StallJournal): () => StallEntry[] {
  const count = new BigInt64Array(journal, 0, 1);
  const ring = new BigInt64Array(journal, OCTETS_PER_FIELD);
  let read = 0;
  return () => {
    const written = Number(Atomics.load(count, 0));
    const entries: StallEntry[] = [];
    for (read = Math.max(read, written - ENTRIES); read < written; read += 1) {
      const at = (read % ENTRIES) * FIELDS;
      entries.push({
        realtimeNs: Atomics.load(ring, at + BEGIN),
        durationNs: Number(Atomics.load(ring, at + DURATION)),
      });
    }
    return entries;
  };
}

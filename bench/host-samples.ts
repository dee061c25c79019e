// What a thread that watches one core writes, and the bench reads: memory of both.

/** How long such a thread sleeps. */
export const DETECTOR_INTERVAL_MS = 1;
/** When it woke, in nanoseconds of the LAN's clock, and how late, in nanoseconds. */
export const FIELDS = 2;
/** It ends after so many: a quarter of an hour. */
export const SAMPLES = 1_000_000;
export const MEMORY_OCTETS = 8 + SAMPLES * FIELDS * 8;

export interface DetectorData {
  readonly core: number;
  readonly memory: SharedArrayBuffer;
  /** Nanoseconds since 1970, as text, that the times count from. */
  readonly originNs: string;
}

/**
 * What an echo request of a probe, or the echo reply of a one-way probe, looks like, so that answers and arrivals can be
 * matched from frames alone. ICMP's identifier is the probe's (`probe-began` tells it); ICMP's sequence is the low 16
 * bits of the number; the data is:
 *   octets 0..3   PROBE_MAGIC, or ONE_WAY_MAGIC
 *   octets 4..7   the number, big-endian, from 1, one more with each request that was sent
 */
export const PROBE_MAGIC = 0x56524250;
export const ONE_WAY_MAGIC = 0x56524251;
export const PROBE_NUMBER_OFFSET = 4;
export const PROBE_DATA_LENGTH = 8;

/** Where a connection goes: the discard service, whose octets nobody answers (RFC 863). */
export const CONNECTION_PORT = 9;
/** What is written to a connection at a time. */
export const CONNECTION_WRITE_OCTETS = 8;

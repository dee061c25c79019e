import type { Namespace } from '../../linux/namespace.ts';
import { openTcpConnection } from '../../linux/tcp-connection.ts';
import { CONNECTION_PORT, CONNECTION_WRITE_OCTETS } from '../../stage/probe-packet.ts';
import { joinPulse } from './pulse.ts';

/** Between whom a connection is, and how often something is written to it. */
export interface ConnectionParts {
  readonly client: Namespace;
  readonly server: Namespace;
  readonly address: string;
  readonly intervalNs: number;
}

/**
 * Keeps a TCP connection busy: a few octets from the client at a fixed rate, by the kernel's timer. The kernels at both
 * ends do what they do for any program.
 * @returns what ends it
 * @throws LinuxError
 */
export function startConnection({ client, server, address, intervalNs }: ConnectionParts): () => void {
  const connection = openTcpConnection({ client, server, address, port: CONNECTION_PORT });
  const octets = new Uint8Array(CONNECTION_WRITE_OCTETS);
  const leave = joinPulse(intervalNs, () => {
    connection.discard();
    if (connection.write(octets) === 'gone') leave();
  });
  return () => {
    leave();
    connection.close();
  };
}

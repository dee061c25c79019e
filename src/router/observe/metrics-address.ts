/** Where metrics are offered: a Unix socket, or a TCP port of an address. */
export type MetricsAddress = { readonly path: string } | { readonly host: string; readonly port: number };

const LOOPBACK = '127.0.0.1';
const FORMS = 'unix:/PATH, :PORT, ADDRESS:PORT or [ADDRESS]:PORT';

/** Reads `unix:/path`, `:9112`, `192.0.2.1:9112`, `[2001:db8::1]:9112`; a port alone is on loopback. @throws Error */
export function parseMetricsAddress(text: string): MetricsAddress {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length);
    if (!path.startsWith('/')) throw new Error(`--metrics ${text}: the path of a Unix socket starts with /`);
    return { path };
  }
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]*)):([0-9]{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || !(port >= 1 && port <= 65_535)) throw new Error(`--metrics ${text}: ${FORMS} is needed`);
  return { host: match[1] ?? (match[2] || LOOPBACK), port };
}

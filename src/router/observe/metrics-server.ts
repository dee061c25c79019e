import { lstatSync, unlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Log } from '../log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import type { MetricsAddress } from './metrics-address.ts';
import type { RouterView } from './statistics.ts';

/** Offers metrics until it is closed. */
export interface MetricsServer {
  close(): Promise<void>;
}

/** Who asks slowly, or asks and does not read, is sent away. */
const PATIENCE_MS = 10_000;
const MOST_CONNECTIONS = 16;
const PATH = '/metrics';
/** A Unix socket is its owner's and its group's. */
const SOCKET_MASK = 0o117;

/** Serves GET /metrics. A Unix socket that nobody listens at any more is replaced. @throws Error: EADDRINUSE, EACCES */
export async function serveMetrics(address: MetricsAddress, view: () => RouterView, log: Log): Promise<MetricsServer> {
  const complain = (message: string) => log.line(`metrics: ${message}`, { level: 'error', event: 'metrics' });
  return await serveText(address, createMetrics(view), complain);
}

/** The same for metrics of any kind. */
export async function serveText(
  address: MetricsAddress,
  metrics: Metrics,
  complain: (message: string) => void,
): Promise<MetricsServer> {
  let reading: Promise<string> | undefined;

  /** Readings at the same time share one text. */
  function text(): Promise<string> {
    reading ??= metrics.text().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  const server = createServer({ requestTimeout: PATIENCE_MS, headersTimeout: PATIENCE_MS }, (request, response) => {
    answer(request, response, metrics, text).catch((error: Error) => {
      complain(error.message);
      response.destroy();
    });
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.timeout = PATIENCE_MS;
  if ('path' in address) await removeStale(address.path);
  await listen(server, address);
  server.on('error', (error) => complain(error.message));
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  { method, url }: IncomingMessage,
  response: ServerResponse,
  { contentType }: Metrics,
  text: () => Promise<string>,
): Promise<void> {
  const path = url?.split('?')[0];
  if (path !== PATH) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end(`only ${PATH} is here\n`);
  } else if (method !== 'GET' && method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
  } else {
    const body = await text();
    response.writeHead(200, { 'content-type': contentType }).end(method === 'HEAD' ? undefined : body);
  }
}

function listen(server: Server, address: MetricsAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const listening = (): void => {
      server.off('error', reject);
      resolve();
    };
    if (!('path' in address)) {
      server.listen(address.port, address.host, listening);
      return;
    }
    // The socket is made by this call; its permissions are the mask's.
    const mask = process.umask(SOCKET_MASK);
    try {
      server.listen(address.path, listening);
    } finally {
      process.umask(mask);
    }
  });
}

/** A router that was killed leaves its socket; one that lives still answers there. */
function removeStale(path: string): Promise<void> {
  // What is there and no socket stays, and listening says what is wrong.
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return Promise.resolve();
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve();
    });
    probe.once('error', ({ code }: NodeJS.ErrnoException) => {
      // Refused: nobody listens.
      if (code === 'ECONNREFUSED') unlinkSync(path);
      resolve();
    });
  });
}

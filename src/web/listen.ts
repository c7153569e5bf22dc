import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import type { Hono } from 'hono';
import { HubError } from '../errors.ts';

export type Listening = { url: string; port: number; close: () => Promise<void> };

/** Listens. @param port 0 takes a free one. @throws HubError `portTaken`. */
export function listen(app: Hono, host: string, port: number): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: host, port }, (info: AddressInfo) => {
      const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
      resolve({
        url: `http://${shown}:${info.port}`,
        port: info.port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            // Kept-alive connections would hold the stop for minutes.
            if ('closeAllConnections' in server) setTimeout(() => server.closeAllConnections(), 1000).unref();
          }),
      });
    });
    server.on('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new HubError('portTaken', { port }, { cause: error }) : error);
    });
  });
}

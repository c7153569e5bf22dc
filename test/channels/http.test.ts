import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Call, type HttpClient, openHttp } from '../../src/channels/http.ts';

const open: { server?: Server; client?: HttpClient } = {};
afterEach(() => {
  open.client?.close();
  open.server?.closeAllConnections();
  open.server?.close();
});

/** A client of a provider that answers as told. */
async function clientOf(answer: RequestListener, path = ''): Promise<HttpClient> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = openHttp({ root: `http://127.0.0.1:${port}${path}`, sockets: 1 });
  Object.assign(open, { server, client });
  return client;
}

const call = (client: HttpClient, change: Partial<Call> = {}) =>
  client.call({ method: 'POST', path: '/x', body: '{}', deadline: AbortSignal.timeout(5000), ...change });

describe('a call to a provider', () => {
  it('keeps the path of its root, and gives status and JSON back', async () => {
    const client = await clientOf((req, res) => {
      res.statusCode = 418;
      res.end(JSON.stringify({ asked: req.url }));
    }, '/relay/');
    expect(await call(client)).toEqual({ status: 418, json: { asked: '/relay/x' } });
  });

  it('says that a page is no JSON instead of breaking on it', async () => {
    const client = await clientOf((_, res) => res.end('<html>blocked</html>'));
    expect(await call(client)).toEqual({ status: 200, json: undefined });
  });

  it('is in doubt when the answer does not come in time, also in the middle of the answer', async () => {
    const client = await clientOf((_, res) => void res.write('{"ok":'));
    await expect(call(client, { deadline: AbortSignal.timeout(50) })).rejects.toMatchObject({
      kind: 'timedOut',
      inDoubt: true,
    });
  });

  it('is in doubt when the connection ends before the answer', async () => {
    const client = await clientOf((req) => void req.socket.destroy());
    await expect(call(client)).rejects.toMatchObject({ kind: 'cutOff', inDoubt: true });
  });

  it('is not in doubt when nobody was there', async () => {
    const client = openHttp({ root: 'http://127.0.0.1:1', sockets: 1 });
    open.client = client;
    await expect(call(client)).rejects.toMatchObject({ kind: 'notConnected', inDoubt: false });
  });

  it('does not read an answer that never ends', async () => {
    const client = await clientOf((_, res) => {
      const more = () => {
        while (res.write('x'.repeat(65_536)));
        res.once('drain', more);
      };
      more();
    });
    await expect(call(client)).rejects.toMatchObject({ kind: 'notTheApi' });
  });

  it('says nothing of the address, and so of a token in it', async () => {
    const client = openHttp({ root: 'http://127.0.0.1:1', sockets: 1 });
    open.client = client;
    const error: Error = await call(client, { path: '/bot123:SECRET/getMe' }).catch((thrown) => thrown);
    expect(`${error.message} ${error.stack}`).not.toContain('SECRET');
  });
});

import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Metrics } from '../../observe/index.ts';

/** What takes a bank service's event; src/fees. */
export interface BankDoor {
  accept(
    service: string,
    connectionId: string,
    request: { raw: Uint8Array; header(name: string): string | undefined },
  ): Promise<'taken' | 'refused' | 'unreadable'>;
}

/** One transaction is some kilobytes at most. */
const BODY_MOST = 256 * 1024;

/** SePay asks for this answer; the others for any 2xx (facts/domain.md §3.4). */
const TAKEN = { success: true };

/**
 * Events of bank services. The bytes are read as they come, since they are what was signed; the answer waits until the
 * event is durable and no longer. Of what is refused only a counter tells.
 */
export function bankWebhooks(door: BankDoor, metrics: Metrics): Hono {
  const app = new Hono();
  const limit = bodyLimit({ maxSize: BODY_MOST, onError: (c) => c.body(null, 413) });
  app.post('/webhooks/bank/:service{[a-z]{1,20}}/:connection{[0-9a-f-]{36}}', limit, async (c) => {
    const { service, connection } = c.req.param();
    const raw = new Uint8Array(await c.req.arrayBuffer());
    const result = await door.accept(service, connection, { raw, header: (name) => c.req.header(name) });
    metrics.bankEvents.inc({ result });
    if (result === 'refused') return c.body(null, 401);
    return result === 'taken' ? c.json(TAKEN) : c.body(null, 400);
  });
  return app;
}

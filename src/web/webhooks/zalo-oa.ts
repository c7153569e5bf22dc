import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Logger } from 'pino';
import { type Accounts, oaIdOf } from '../../channels/index.ts';
import type { Inbox } from '../../conversation/index.ts';
import type { AccountId } from '../../store/ids.ts';
import type { PrismaClient } from '../../store/prisma/client.ts';

const BODY_MOST = 1024 * 1024;
const CHANNEL = 'zalo-oa';

/** Where Zalo brings the events of all OAs of an app: it knows one address for an app. */
export const oaWebhookPath = (appId: string): string => `/webhooks/${CHANNEL}/${appId}`;

export type OaDoorPorts = { db: PrismaClient; accounts: Accounts; inbox: Inbox; log: Logger };

/**
 * Events of Official Accounts (facts/zalo-telegram.md §2). The signature is checked over the bytes as they came, before
 * anything is parsed; the event is stored, and the answer does not wait for the work: Zalo allows two seconds.
 */
export function oaWebhooks({ db, accounts, inbox, log }: OaDoorPorts): Hono {
  const app = new Hono();
  const limit = bodyLimit({ maxSize: BODY_MOST, onError: (c) => c.body(null, 413) });
  const ofApp = (appId: string) =>
    db.channelAccount.findMany({
      where: { channel: CHANNEL, settings: { path: ['appId'], equals: appId } },
      orderBy: { createdAt: 'asc' },
      select: { id: true, settings: true },
    });

  /** One secret serves all OAs of an app, as far as is known; where schools have typed different ones, one must fit. */
  async function isSigned(
    rows: readonly { id: AccountId }[],
    raw: Uint8Array,
    header: (name: string) => string | undefined,
  ): Promise<boolean> {
    for (const { id } of rows) {
      const { connection } = await accounts.open(id);
      if (connection.isSigned?.(raw, header)) return true;
    }
    return false;
  }

  app.post(`/webhooks/${CHANNEL}/:app{[0-9]+}`, limit, async (c) => {
    const raw = new Uint8Array(await c.req.arrayBuffer());
    // Saving the address in Zalo's console sends this, unsigned, and wants to see that somebody is there (§2.1).
    if (raw.length <= 8 && Buffer.from(raw).toString('latin1').trim() === '{}') return c.body(null, 200);
    const header = (name: string) => c.req.header(name);
    if (header('x-zevent-signature') === undefined) return c.body(null, 401);
    const rows = await ofApp(c.req.param('app'));
    if (!(await isSigned(rows, raw, header))) return c.body(null, 401);
    const body = parsed(raw);
    const oaId = oaIdOf(body);
    const row = rows.find(({ settings }) => (settings as { oaId?: unknown }).oaId === oaId);
    // Of an OA that is not connected here (the console's test button, say): nobody's, and no reason to come again.
    if (!row) {
      log.warn({ app: c.req.param('app') }, 'a signed event of a Zalo OA that is not connected');
      return c.body(null, 200);
    }
    const { connection } = await accounts.open(row.id);
    const updates = connection.received?.(body) ?? [];
    if (updates.length) await inbox.store(row.id, updates);
    inbox.kick();
    return c.body(null, 200);
  });
  return app;
}

function parsed(raw: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(raw).toString('utf8'));
  } catch {
    return null;
  }
}

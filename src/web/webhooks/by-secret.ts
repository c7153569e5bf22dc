import { timingSafeEqual } from 'node:crypto';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Accounts } from '../../channels/index.ts';
import type { Inbox } from '../../conversation/index.ts';
import type { Signer } from '../../security/index.ts';

const BODY_MOST = 1024 * 1024;

/** The header in which each provider sends our secret back (facts/zalo-telegram.md §3.3, §5.2). */
const HEADERS: Record<string, string> = {
  telegram: 'x-telegram-bot-api-secret-token',
  'zalo-bot': 'x-bot-api-secret-token',
};

/** Where a provider brings the updates of an account. */
export const webhookPath = (channel: string, accountId: string): string =>
  `/webhooks/${channel}/${accountId}`;

/**
 * Updates brought by providers that prove themselves with a secret of ours: it is checked before the body is read, the
 * update is stored, and the answer does not wait for the work (facts/zalo-telegram.md §5.6).
 */
export function webhooksBySecret(ports: { accounts: Accounts; inbox: Inbox; signer: Signer }): Hono {
  const app = new Hono();
  for (const [channel, header] of Object.entries(HEADERS)) addWebhook(app, ports, channel, header);
  return app;
}

function addWebhook(
  app: Hono,
  ports: Parameters<typeof webhooksBySecret>[0],
  channel: string,
  header: string,
): void {
  const path = `/webhooks/${channel}/:account{[0-9a-f-]{36}}` as const;
  // A step of its own, before the one that limits the body: that one reads a body which comes in pieces.
  app.post(path, async (c, next) => {
    const given = Buffer.from(c.req.header(header) ?? '');
    const right = Buffer.from(ports.signer.webhookSecret(c.req.param('account') ?? ''));
    if (given.length !== right.length || !timingSafeEqual(given, right)) return c.body(null, 401);
    return next();
  });
  app.post(path, bodyLimit({ maxSize: BODY_MOST, onError: (c) => c.body(null, 413) }), async (c) => {
    const accountId = c.req.param('account') ?? '';
    const account = await ports.accounts.open(accountId);
    if (account.channel.name !== channel) return c.body(null, 400);
    const body: unknown = await c.req.json().catch(() => null);
    const updates = account.connection.received?.(body) ?? [];
    // The secret was right. Zalo looks whether the address answers before it keeps it, with a body that is not documented.
    if (!updates.length) return c.body(null, channel === 'zalo-bot' ? 200 : 400);
    await ports.inbox.store(accountId, updates);
    ports.inbox.kick();
    return c.body(null, 200);
  });
}

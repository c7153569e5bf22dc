import { timingSafeEqual } from 'node:crypto';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Accounts } from '../../channels/index.ts';
import type { Inbox } from '../../conversation/index.ts';
import type { Signer } from '../../security/index.ts';

const BODY_MOST = 1024 * 1024;
const HEADER = 'x-telegram-bot-api-secret-token';

/** Where Telegram brings the updates of an account. */
export const telegramWebhookPath = (accountId: string): string => `/webhooks/telegram/${accountId}`;

/**
 * Updates brought by Telegram: the secret is checked before the body is read, the update is stored, and the answer
 * does not wait for the work (facts/zalo-telegram.md §5.6).
 */
export function telegramWebhook(ports: { accounts: Accounts; inbox: Inbox; signer: Signer }): Hono {
  const app = new Hono();
  const path = '/webhooks/telegram/:account{[0-9a-f-]{36}}';
  // A step of its own, before the one that limits the body: that one reads a body which comes in pieces.
  app.post(path, async (c, next) => {
    const given = Buffer.from(c.req.header(HEADER) ?? '');
    const right = Buffer.from(ports.signer.webhookSecret(c.req.param('account')));
    if (given.length !== right.length || !timingSafeEqual(given, right)) return c.body(null, 401);
    return next();
  });
  app.post(path, bodyLimit({ maxSize: BODY_MOST, onError: (c) => c.body(null, 413) }), async (c) => {
    const accountId = c.req.param('account');
    const account = await ports.accounts.open(accountId);
    const body: unknown = await c.req.json().catch(() => null);
    const updates = account.connection.received?.(body) ?? [];
    if (!updates.length) return c.body(null, 400);
    await ports.inbox.store(accountId, updates);
    ports.inbox.kick();
    return c.body(null, 200);
  });
  return app;
}

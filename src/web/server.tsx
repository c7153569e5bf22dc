import { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import type { Logger } from 'pino';
import { FILE_PATH } from '../attachments/index.ts';
import { type Gallery, PICTURE_PATH } from '../channels/index.ts';
import { HubError } from '../errors.ts';
import type { Metrics } from '../observe/index.ts';
import type { Texts } from '../render/index.ts';
import { assets } from './assets.ts';
import { oaConsent } from './connect/zalo-oa.tsx';
import { type FamilyPorts, familyPages } from './family/pages.tsx';
import { Problem } from './family/problem.tsx';
import { type BankDoor, bankWebhooks } from './webhooks/bank.ts';
import { webhooksBySecret } from './webhooks/by-secret.ts';
import { oaWebhooks } from './webhooks/zalo-oa.ts';

export type WebPorts = FamilyPorts & {
  webhooks: Parameters<typeof webhooksBySecret>[0];
  /** What bank services bring. */
  fees: BankDoor;
  /** Where the pages are, without a slash at the end. */
  site: { url: string };
  /** Pictures that a provider fetches. */
  gallery: Gallery;
  texts: Texts;
  log: Logger;
  metrics: Metrics;
  /** Whether the hub can do its work now; names what cannot. */
  readiness: () => Promise<{ ready: boolean; checks: Record<string, boolean> }>;
};

/** The hub's pages and doors. Every route stands here or in the parts that are mounted here. */
export function webApp(ports: WebPorts): Hono {
  const app = new Hono();
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        objectSrc: ["'none'"],
        frameAncestors: ["'none'"],
      },
      referrerPolicy: 'no-referrer',
      strictTransportSecurity: 'max-age=31536000',
      xFrameOptions: 'DENY',
    }),
  );
  // Pages behind signed links are nobody's to keep; what may be kept says so itself (assets).
  app.use(async (c, next) => {
    await next();
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store');
  });
  app.get('/healthz', (c) => c.json({ alive: true }));
  app.get('/readyz', async (c) => {
    const state = await ports.readiness();
    return c.json(state, state.ready ? 200 : 503);
  });
  app.get('/metrics', async (c) =>
    c.body(await ports.metrics.registry.metrics(), 200, {
      'content-type': ports.metrics.registry.contentType,
    }),
  );
  app.route('/', assets());
  app.route('/', webhooksBySecret(ports.webhooks));
  app.route('/', oaWebhooks({ ...ports, ...ports.webhooks }));
  app.route('/', oaConsent({ ...ports, ...ports.webhooks }));
  app.route('/', bankWebhooks(ports.fees, ports.metrics));
  app.get(`${PICTURE_PATH}:token`, async (c) => {
    const png = await ports.gallery.open(c.req.param('token'));
    return png ? c.body(Uint8Array.from(png), 200, { 'content-type': 'image/png' }) : c.notFound();
  });
  app.get(`${FILE_PATH}:token`, async (c) => {
    const { bytes, type, name } = await ports.attachments.openLink(c.req.param('token'));
    const how = type === 'application/pdf' ? 'attachment' : 'inline';
    return c.body(Uint8Array.from(bytes), 200, {
      'content-type': type,
      'content-disposition': `${how}; filename*=UTF-8''${encodeURIComponent(name)}`,
    });
  });
  app.route('/', familyPages(ports));
  app.notFound((c) => c.html(<Problem texts={ports.texts} kind="badLink" />, 404));
  app.onError((error, c) => {
    if (error instanceof HubError && error.status < 500)
      return c.html(<Problem texts={ports.texts} kind="badLink" />, error.status as 403);
    ports.log.error({ err: error, route: c.req.routePath }, 'page failed');
    return c.html(<Problem texts={ports.texts} kind="error" />, 500);
  });
  return app;
}

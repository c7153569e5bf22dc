import { createHash } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { Logger } from 'pino';
import { type Accounts, ChannelProblem, finishOa } from '../../channels/index.ts';
import { HubError } from '../../errors.ts';
import type { Texts } from '../../render/index.ts';
import type { Signer } from '../../security/index.ts';
import type { PrismaClient } from '../../store/prisma/client.ts';
import type { Clock } from '../../time/index.ts';
import { Page } from '../family/layout.tsx';

/** The address that stands in Zalo's console as the app's callback. */
export const OA_CALLBACK = '/connect/zalo-oa';
const COOKIE = 'lienlac-oa';
/** A code is good for ten minutes (facts/zalo-telegram.md §1.2); so long somebody may take to consent. */
const COOKIE_SECONDS = 900;

export type OaConsentPorts = {
  db: PrismaClient;
  signer: Signer;
  accounts: Accounts;
  texts: Texts;
  clock: Clock;
  log: Logger;
  /** Where the pages are, without a slash at the end. */
  site: { url: string };
};

/**
 * The way through Zalo's consent page. It begins with a signed link of an hour, whose proof goes along in a cookie: Zalo
 * does not promise to give `state` back, and nobody else's consent must end up with this school.
 */
export function oaConsent(ports: OaConsentPorts): Hono {
  const { signer, clock, accounts, site, db, log } = ports;
  const app = new Hono();
  const redirectUri = () => `${site.url}${OA_CALLBACK}`;
  /** So short that it fits any limit, and worthless without the cookie. */
  const stateOf = (token: string) => createHash('sha256').update(token).digest('base64url').slice(0, 22);

  const page = (
    c: Context,
    words: 'connected' | 'refused' | 'later',
    detail: string,
    status: 200 | 400 | 502,
  ) =>
    c.html(
      <Page language="vi" title={ports.texts.say('vi', `channels:consent.${words}Title`)}>
        <p>{ports.texts.say('vi', `channels:consent.${words}`, { detail })}</p>
        <section lang="en">
          <h2>{ports.texts.say('en', `channels:consent.${words}Title`)}</h2>
          <p>{ports.texts.say('en', `channels:consent.${words}`, { detail })}</p>
        </section>
      </Page>,
      status,
    );

  app.get(`${OA_CALLBACK}/:token`, async (c) => {
    const token = c.req.param('token');
    const { connection } = await accounts.open(signer.verify('connect', token, clock.now()));
    if (!connection.consent) throw new HubError('badLink');
    setCookie(c, COOKIE, token, {
      path: OA_CALLBACK,
      httpOnly: true,
      sameSite: 'Lax',
      secure: site.url.startsWith('https://'),
      maxAge: COOKIE_SECONDS,
    });
    return c.redirect(connection.consent.url(redirectUri(), stateOf(token)), 302);
  });

  app.get(OA_CALLBACK, async (c) => {
    const token = getCookie(c, COOKIE) ?? '';
    const id = signer.verify('connect', token, clock.now());
    const { code, state } = c.req.query();
    if (state !== undefined && state !== stateOf(token)) throw new HubError('badLink');
    if (!code) return page(c, 'refused', c.req.query('error_description') ?? '', 400);
    const { connection } = await accounts.open(id);
    if (!connection.consent) throw new HubError('badLink');
    setCookie(c, COOKIE, '', { path: OA_CALLBACK, maxAge: 0 });
    const answer = await connection.consent.take(code);
    if (answer.kind !== 'token')
      return page(
        c,
        answer.kind === 'later' ? 'later' : 'refused',
        answer.words,
        answer.kind === 'later' ? 502 : 400,
      );
    try {
      const name = await finishOa({ db, now: clock.now(), actor: 'consent' }, id, connection);
      log.info({ accountId: id }, 'a Zalo OA is connected');
      return page(c, 'connected', name, 200);
    } catch (error) {
      if (!(error instanceof ChannelProblem || error instanceof HubError)) throw error;
      log.warn({ err: error, accountId: id }, 'a Zalo OA could not be connected');
      const words = error instanceof HubError ? String(error.data.problem ?? '') : error.message;
      return page(c, 'refused', words, 400);
    }
  });
  return app;
}

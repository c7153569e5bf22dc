// The phones page: what each parent sees, and what a parent can do. In the demo only, never on a real hub.

import { randomBytes } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { csrf } from 'hono/csrf';
import { html } from 'hono/html';
import { unsubscribe } from '../mail/links.ts';
import type { Mailbox, MailSandbox } from '../mail/start-mail.ts';
import type { TelegramSandbox } from '../telegram/start-telegram.ts';
import type { ZaloBotSandbox } from '../zalo-bot/start-zalo-bot.ts';
import type { ZaloOaSandbox } from '../zalo-oa/start-zalo-oa.ts';
import { Page } from './page.tsx';
import {
  chatPlace,
  listPlaces,
  mailPlace,
  oaPlace,
  type Place,
  type PlaceAddress,
  versionOf,
  type World,
  zaloPlace,
} from './place.ts';
import { STYLE } from './style.ts';
import { sorry, WORDS } from './words.ts';
import { OA_ACTS, type OaAct } from './zalo-screen.tsx';

export type PhonesOptions = {
  /** The name shown for a chat or a mailbox, e.g. "Mẹ của Minh Anh, 6A1". */
  label?: (place: PlaceAddress) => string | undefined;
  /** Path under which the app is mounted, e.g. "/phones"; default "". */
  base?: string;
  zalos?: readonly ZaloBotSandbox[];
  oas?: readonly ZaloOaSandbox[];
  clock?: () => number;
};

/** So many phones stand side by side. */
const SIDE_BY_SIDE = 12;

/** The app, to be mounted with `route(base, phonesApp(…))` or served alone. */
export function phonesApp(
  telegrams: readonly TelegramSandbox[],
  mail?: MailSandbox,
  { label = () => undefined, base = '', zalos = [], oas = [], clock = Date.now }: PhonesOptions = {},
): Hono {
  const world: World = { telegrams, zalos, oas, mail, label };
  const app = new Hono();

  type Shown = { status?: 200 | 409; alert?: string; said?: string };
  const show = (c: Context, view: 'all' | 'one' | 'list', one: Place | undefined, note: Shown = {}) => {
    const nonce = randomBytes(16).toString('base64url');
    const search = c.req.query('q') ?? '';
    const places = listPlaces(world, search);
    c.header('Content-Security-Policy', policy(nonce));
    c.header('Cache-Control', 'no-store');
    c.header('X-Content-Type-Options', 'nosniff');
    c.header('Referrer-Policy', 'no-referrer');
    const { status = 200, ...words } = note;
    const page = (
      <Page
        {...{ base, view, search, places, nonce, now: clock(), version: versionOf(world), ...words }}
        shown={one ? [one] : places.slice(0, SIDE_BY_SIDE)}
        canAdd={telegrams.length > 0}
      />
    );
    return c.html(html`<!DOCTYPE html>${page}`, status);
  };
  const showBack = (c: Context, back: unknown, one: Place, note: Shown) =>
    back === '/' ? show(c, 'all', undefined, note) : show(c, 'one', one, note);

  app.use(csrf());
  app.get('/', (c) => show(c, 'all', undefined));
  app.get('/list', (c) => show(c, 'list', undefined));
  app.get('/version', (c) => c.text(String(versionOf(world)), 200, { 'Cache-Control': 'no-store' }));
  app.get('/style.css', (c) => c.body(STYLE, 200, { 'Content-Type': 'text/css; charset=utf-8' }));

  app.get('/t/:bot/:chat', (c) => {
    const place = findChat(world, c.req.param('bot'), c.req.param('chat'));
    return place ? show(c, 'one', place) : c.notFound();
  });
  app.post('/t/:bot/:chat/:act{start|type|press|block|unblock}', async (c) => {
    const place = findChat(world, c.req.param('bot'), c.req.param('chat'));
    if (!place) return c.notFound();
    const form = await c.req.parseBody();
    try {
      act(place, c.req.param('act'), (name) => String(form[name] ?? ''));
    } catch (error) {
      return showBack(c, form.back, place, { status: 409, alert: sorry(error) });
    }
    return c.redirect(`${base}${form.back === '/' ? '/' : place.path}`, 303);
  });
  app.post('/new', async (c) => {
    const bot = telegrams[0];
    const firstName = String((await c.req.parseBody()).firstName ?? '').trim();
    if (!bot || firstName === '') return c.notFound();
    return c.redirect(`${base}${chatPlace(world, bot, bot.person(undefined, { firstName })).path}`, 303);
  });

  app.get('/z/:bot/:chat', (c) => {
    const place = findZalo(world, c.req.param('bot'), c.req.param('chat'));
    return place ? show(c, 'one', place) : c.notFound();
  });
  app.post('/z/:bot/:chat/:act{type|block|unblock}', async (c) => {
    const place = findZalo(world, c.req.param('bot'), c.req.param('chat'));
    if (!place) return c.notFound();
    const form = await c.req.parseBody();
    try {
      const name = c.req.param('act');
      if (name === 'type') place.person.type(String(form.text ?? ''));
      else if (name === 'block') place.person.block();
      else place.person.unblock();
    } catch (error) {
      return showBack(c, form.back, place, { status: 409, alert: sorry(error) });
    }
    return c.redirect(`${base}${form.back === '/' ? '/' : place.path}`, 303);
  });

  app.get('/o/:oa/:user', (c) => {
    const place = findOa(world, c.req.param('oa'), c.req.param('user'));
    return place ? show(c, 'one', place) : c.notFound();
  });
  app.post(`/o/:oa/:user/:act{type|${OA_ACTS.join('|')}}`, async (c) => {
    const place = findOa(world, c.req.param('oa'), c.req.param('user'));
    if (!place) return c.notFound();
    const form = await c.req.parseBody();
    try {
      const name = c.req.param('act') as OaAct | 'type';
      if (name === 'type') place.person.type(String(form.text ?? ''));
      else place.person[name]();
    } catch (error) {
      return showBack(c, form.back, place, { status: 409, alert: sorry(error) });
    }
    return c.redirect(`${base}${form.back === '/' ? '/' : place.path}`, 303);
  });

  app.get('/m/:address', (c) => {
    const box = findBox(mail, c.req.param('address'));
    return box ? show(c, 'one', mailPlace(world, box)) : c.notFound();
  });
  app.post('/m/:address/unsubscribe', async (c) => {
    const box = findBox(mail, c.req.param('address'));
    const form = await c.req.parseBody();
    const letter = box?.mails()[Number(form.index)];
    if (!box || !letter) return c.notFound();
    const place = mailPlace(world, box);
    try {
      return showBack(c, form.back, place, { said: WORDS.unsubscribed(await unsubscribe(letter)) });
    } catch (error) {
      return showBack(c, form.back, place, { status: 409, alert: sorry(error) });
    }
  });
  return app;
}

type ChatPlace = Extract<Place, { kind: 'chat' }>;

function findChat(world: World, username: string, chatId: string): ChatPlace | undefined {
  const bot = world.telegrams.find((one) => one.username === username);
  const person = bot?.persons().find((one) => one.chatId === chatId);
  const place = bot && person && chatPlace(world, bot, person);
  return place?.kind === 'chat' ? place : undefined;
}

type ZaloPlace = Extract<Place, { kind: 'zalo' }>;

function findZalo(world: World, botId: string, chatId: string): ZaloPlace | undefined {
  const desk = world.zalos.find((one) => one.id === botId);
  const person = desk?.persons().find((one) => one.chatId === chatId);
  const place = desk && person && zaloPlace(world, desk, person);
  return place?.kind === 'zalo' ? place : undefined;
}

type OaPlace = Extract<Place, { kind: 'oa' }>;

function findOa(world: World, oaId: string, userId: string): OaPlace | undefined {
  const desk = world.oas.find((one) => one.oaId === oaId);
  const person = desk?.persons().find((one) => one.userId === userId);
  const place = desk && person && oaPlace(world, desk, person);
  return place?.kind === 'oa' ? place : undefined;
}

/** Looks only; asking the sandbox for a box would put it on the list. */
const findBox = (mail: MailSandbox | undefined, address: string): Mailbox | undefined =>
  mail?.mailboxes().find((box) => box.address === address.toLowerCase());

function act({ person }: ChatPlace, name: string, field: (name: string) => string): void {
  if (name === 'start') person.start(field('text').trim() || undefined);
  else if (name === 'type') person.type(field('text'));
  else if (name === 'press') person.press(field('data'), field('messageId'));
  else if (name === 'block') person.block();
  else person.unblock();
}

/** Inline style is let through for the mails' own HTML, which stands in frames without script. */
const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    `script-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    "form-action 'self'",
    "frame-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'self'",
  ].join('; ');

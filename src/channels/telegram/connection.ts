import { openFetcher } from '../fetch-file.ts';
import type { AccountConfig, Connection, Outcome, RawUpdate } from '../port.ts';
import { ChannelProblem } from '../problem.ts';
import { openClient, type TelegramSettings } from './client.ts';
import { problemOf } from './errors.ts';
import { ALLOWED_UPDATES, readEnvelope, readUpdate } from './inbound.ts';
import { inlineKeyboard, sendParts } from './send.ts';
import { openSentFiles } from './sent-files.ts';

/** Calls other than sending are few; none may hang for Telegraf's own 500 s (§5.6). */
const CALL_DEADLINE_MS = 15_000;
/** Beside the sends: one long poll, and answers to presses and edits. */
const SPARE_SOCKETS = 8;
/** Telegram's own bound of one fetch. */
const UPDATES_AT_ONCE = 100;

export function connect(
  account: AccountConfig,
  settings: TelegramSettings,
  limits: { concurrency: number; perAddressMs: number },
): Connection {
  const secrets = [account.secret];
  const sentFiles = openSentFiles((error) =>
    /file identifier|wrong file_?id/i.test(problemOf(error, secrets).message),
  );
  const sending = { betweenPartsMs: limits.perAddressMs, secrets, files: sentFiles };
  const client = openClient(account.secret, settings, limits.concurrency + SPARE_SOCKETS);
  const fetcher = openFetcher({
    allows: ({ origin }) => origin === new URL(settings.apiRoot).origin,
    ...(settings.proxy ? { proxy: settings.proxy } : {}),
  });
  const files = `${settings.apiRoot.replace(/\/$/, '')}/file/bot${account.secret}/`;
  let closed = false;
  const soon = () => AbortSignal.timeout(CALL_DEADLINE_MS);
  const orProblem = (error: unknown): never => {
    throw problemOf(error, secrets);
  };

  return {
    send: (message, deadline) =>
      closed
        ? Promise.resolve(stopped(message.partsSent ?? 0))
        : sendParts(client, message, deadline, sending),

    received(body) {
      const update = readEnvelope(body);
      return update ? [update] : [];
    },

    read: readUpdate,

    async fetchFile({ ref }, mostBytes, deadline) {
      try {
        const { file_path: path, file_size: size } = await client.call('getFile', { file_id: ref }, deadline);
        if (size !== undefined && size > mostBytes) return { kind: 'tooLarge' };
        // A Bot API server of one's own may name a file on its disk; that one is not fetched.
        if (path === undefined || !/^\w[\w./-]*$/.test(path) || path.includes('..')) return { kind: 'gone' };
        return await fetcher.get(files + path, mostBytes, deadline);
      } catch (error) {
        const problem = error instanceof ChannelProblem ? error : problemOf(error, secrets);
        // "file is too big": Telegram gives no more than 20 MB; any other no means that there is no such file.
        if (problem.kind === 'refused')
          return { kind: /too big/.test(problem.message) ? 'tooLarge' : 'gone' };
        throw problem;
      }
    },

    async poll(cursor, waitSeconds, signal) {
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(waitSeconds * 1000 + CALL_DEADLINE_MS)]);
      const asked = {
        timeout: waitSeconds,
        limit: UPDATES_AT_ONCE,
        allowed_updates: ALLOWED_UPDATES,
        ...(cursor === null ? {} : { offset: Number(cursor) }),
      };
      const taken: unknown = await client.call('getUpdates', asked, deadline).catch((error: unknown) => {
        // We were asked to stop: nothing was taken, the next poll starts at the same place.
        if (signal.aborted) return [];
        throw problemOf(error, secrets);
      });
      const updates = (Array.isArray(taken) ? taken : [])
        .map(readEnvelope)
        .filter((update) => update !== null);
      return { updates, cursor: nextCursor(updates) ?? cursor };
    },

    async setWebhook(url, secret) {
      const call =
        url === null
          ? client.call('deleteWebhook', { drop_pending_updates: false }, soon())
          : client.call(
              'setWebhook',
              { url, secret_token: secret, allowed_updates: ALLOWED_UPDATES },
              soon(),
            );
      await call.catch(orProblem);
    },

    async setCommands(language, commands, address) {
      const whose = {
        ...(address === undefined ? {} : { scope: { type: 'chat' as const, chat_id: address } }),
        ...(language === null ? {} : { language_code: language }),
      };
      const call = commands.length
        ? client.call('setMyCommands', { commands: [...commands], ...whose }, soon())
        : client.call('deleteMyCommands', whose, soon());
      await call.catch(orProblem);
    },

    async answerPress(pressId, text) {
      const answer = { callback_query_id: pressId, ...(text === undefined ? {} : { text }) };
      // "query is too old" and the like: the phone has stopped waiting by itself.
      await client.call('answerCallbackQuery', answer, soon()).catch(() => {});
    },

    async edit(address, messageId, part, buttons) {
      const edited = {
        chat_id: address,
        message_id: Number(messageId),
        parse_mode: 'HTML' as const,
        ...(buttons ? { reply_markup: inlineKeyboard(buttons) } : {}),
      };
      const text = { ...edited, text: part.markup, link_preview_options: { is_disabled: true } };
      await client
        .call('editMessageText', text, soon())
        .catch((error: unknown) => {
          if (!/no text in the message/.test(problemOf(error, secrets).message)) throw error;
          // What it says stands below a picture.
          return client.call('editMessageCaption', { ...edited, caption: part.markup }, soon());
        })
        .catch((error: unknown) => {
          const problem = problemOf(error, secrets);
          if (!/message is not modified/.test(problem.message)) throw problem;
        });
    },

    async whoAmI() {
      const me = await client.call('getMe', {}, soon()).catch(orProblem);
      return { name: me.username };
    },

    async close() {
      closed = true;
      client.close();
      fetcher.close();
    },
  };
}

/** The offset that confirms these updates; the caller stores it together with them, so that none is lost or doubled. */
function nextCursor(updates: readonly RawUpdate[]): string | undefined {
  const last = updates.at(-1);
  return last && String(Number(last.externalId) + 1);
}

function stopped(partsSent: number): Outcome {
  const detail = 'the connection was closed';
  return { kind: 'retry', scope: 'delivery', reason: 'channelStopped', detail, inDoubt: false, partsSent };
}

import { openFetcher, zaloMedia } from '../fetch-file.ts';
import type { AccountConfig, Connection, Outcome } from '../port.ts';
import { ChannelProblem } from '../problem.ts';
import { type Answer, openClient } from './client.ts';
import { problemOf } from './errors.ts';
import { readDelivery, readEnvelope, readUpdate } from './inbound.ts';
import type { ZaloBotSettings } from './index.ts';
import { openRoom } from './quota.ts';
import { sendParts } from './send.ts';

/** Calls other than sending are few; none may hang. */
const CALL_DEADLINE_MS = 15_000;
/** Beside the sends: one long poll and a call or two. */
const SPARE_SOCKETS = 4;
/** `getUpdates` says so when nothing came (§3.2). */
const EMPTY_POLL = 408;

export function connect(
  account: AccountConfig,
  settings: ZaloBotSettings,
  limits: { concurrency: number; perAddressMs: number },
): Connection {
  const { caps, ledger } = settings;
  const secrets = [account.secret];
  const client = openClient(settings.apiRoot, account.secret, limits.concurrency + SPARE_SOCKETS);
  const tools = {
    client,
    room: openRoom(account.id, caps, ledger, () => settings.clock.now()),
    show: settings.show,
    reaches: settings.reaches,
    betweenPartsMs: limits.perAddressMs,
    secrets,
  };
  const fetcher = openFetcher({ allows: zaloMedia(settings.apiRoot, settings.mediaHosts) });
  let closed = false;
  const soon = () => AbortSignal.timeout(CALL_DEADLINE_MS);

  async function ask(method: string, payload: object, deadline = soon()): Promise<Record<string, unknown>> {
    const answer = await client.call(method, payload, deadline);
    if (answer.kind !== 'ok') throw problemOf(answer, secrets);
    return (
      ((typeof answer.result === 'object' ? answer.result : null) as Record<string, unknown> | null) ?? {}
    );
  }

  /** No code is documented for a poll while a webhook is set; asking is surer than guessing. */
  async function pollProblem(answer: Exclude<Answer, { kind: 'ok' }>): Promise<ChannelProblem> {
    const problem = problemOf(answer, secrets);
    if (problem.kind !== 'refused') return problem;
    const { url } = await ask('getWebhookInfo', {});
    return typeof url === 'string' && url !== ''
      ? new ChannelProblem('webhookActive', 'a webhook is set')
      : problem;
  }

  return {
    send: (message, deadline) =>
      closed ? Promise.resolve(stopped(message.partsSent ?? 0)) : sendParts(tools, message, deadline),

    received(body) {
      const update = readDelivery(body);
      return update ? [update] : [];
    },

    read: readUpdate,

    fetchFile: ({ ref }, mostBytes, deadline) => fetcher.get(ref, mostBytes, deadline),

    /** One update at most, and no cursor: it is gone from Zalo once it was read (§3.2). */
    async poll(_cursor, waitSeconds, signal) {
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(waitSeconds * 1000 + CALL_DEADLINE_MS)]);
      const answer = await client.call('getUpdates', { timeout: waitSeconds }, deadline);
      const nothing = { updates: [], cursor: null };
      if (signal.aborted && answer.kind !== 'ok') return nothing;
      if (answer.kind === 'refused' && answer.code === EMPTY_POLL) return nothing;
      if (answer.kind !== 'ok') throw await pollProblem(answer);
      const update = readEnvelope(answer.result);
      return { updates: update ? [update] : [], cursor: null };
    },

    async setWebhook(url, secret) {
      if (url === null) return void (await ask('deleteWebhook', {}));
      const { verification } = await ask('setWebhook', { url, secret_token: secret });
      const seen = verification as { ok?: unknown; outcome?: unknown } | undefined;
      // Zalo keeps the address all the same; without a word from us nobody would know why nothing arrives.
      if (seen?.ok === false)
        throw new ChannelProblem('refused', `the webhook was not reached: ${seen.outcome}`);
    },

    /** With the bot's number: two schools may give their bots the same name. */
    async whoAmI() {
      const { account_name: name, id } = await ask('getMe', {});
      if (typeof name !== 'string' || typeof id !== 'string')
        throw new ChannelProblem('refused', 'the bot has no name');
      return { name: `${name} (${id})` };
    },

    hasRoomFor: (address) => ledger.hasRoom(account.id, address, caps),

    async usage() {
      const { users, messages } = await ledger.use(account.id);
      return [
        { what: 'users', used: users, most: caps.users },
        { what: 'messages', used: messages, most: caps.messagesAMonth },
      ];
    },

    async close() {
      closed = true;
      client.close();
      fetcher.close();
    },
  };
}

function stopped(partsSent: number): Outcome {
  const detail = 'the connection was closed';
  return { kind: 'retry', scope: 'delivery', reason: 'channelStopped', detail, inDoubt: false, partsSent };
}

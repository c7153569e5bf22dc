import { openFetcher, zaloMedia } from '../fetch-file.ts';
import type { AccountConfig, CapUsage, Connection, Outcome } from '../port.ts';
import { ChannelProblem } from '../problem.ts';
import { type OaAccount, PACKAGES, readAccount } from './account.ts';
import { openClient } from './client.ts';
import { outcomeOf, problemOf } from './errors.ts';
import { interactionOf, readEvents, readUpdate } from './inbound.ts';
import type { ZaloOaSettings } from './index.ts';
import { consentUrl } from './oauth.ts';
import { sendMessage } from './send.ts';
import { isSigned } from './signature.ts';
import { openUploads } from './uploads.ts';

/** Calls other than sending are few; none may hang. */
const CALL_DEADLINE_MS = 15_000;
/** Beside the sends: a question or two. */
const SPARE_SOCKETS = 2;
/** A token lives 25 hours: so early there is most of a working day left to mend what is wrong. */
const RENEW_AHEAD_MS = 8 * 3_600_000;

export function connect(
  config: AccountConfig,
  settings: ZaloOaSettings,
  limits: { concurrency: number },
): Connection {
  const account = readAccount(config);
  const { id } = account;
  const { clock, log, users, books, tokens } = settings;
  const secrets = [account.appSecret, account.webhookKey, account.verifier];
  const now = () => clock.now();
  const client = openClient({
    ...settings,
    owner: account,
    tokens,
    takeRequest: () => settings.gate.take(id, PACKAGES[account.package]),
    proof: account.proof,
    sockets: limits.concurrency + SPARE_SOCKETS,
  });
  const judge = { now, log, accountId: id, secrets };
  const uploads = openUploads(client, now);
  const tools = { accountId: id, settings: account, client, uploads, users, books, judge };
  const fetcher = openFetcher({ allows: zaloMedia(settings.apiRoot, settings.mediaHosts) });
  let closed = false;

  return {
    send: (message, deadline) =>
      closed ? Promise.resolve(stopped(message.partsSent ?? 0)) : sendMessage(tools, message, deadline),

    isSigned: (raw, header) =>
      isSigned(
        {
          id: account.signedWith === 'oaId' ? (account.oaId ?? '') : account.appId,
          key: account.webhookKey,
        },
        raw,
        header('x-zevent-signature'),
        header('x-zevent-timestamp'),
      ),

    received: (body) => (account.oaId === undefined ? [] : readEvents(body, account.oaId)),

    fetchFile: ({ ref }, mostBytes, deadline) => fetcher.get(ref, mostBytes, deadline),

    read: readUpdate,

    async heard(payload) {
      const interaction = interactionOf(payload, now());
      if (interaction) await users.heard(id, interaction.userId, interaction.at);
      const update = readUpdate(payload);
      if (update.kind === 'withdrawn') await users.forget(id, update.address);
    },

    /** With the OA's number: two schools may have one name. */
    async whoAmI() {
      const answer = await client.call(
        { method: 'GET', path: '/v2.0/oa/getoa' },
        AbortSignal.timeout(CALL_DEADLINE_MS),
      );
      if (answer.kind !== 'ok') throw problemOf(answer, secrets);
      const { name, oaid, oa_id } = answer.data;
      const oaId = oaid ?? oa_id;
      if (typeof name !== 'string' || typeof oaId !== 'string')
        throw new ChannelProblem('refused', 'the OA has no name');
      return { name: `${name} (${oaId})`, id: oaId };
    },

    consent: {
      url: (redirectUri, state) => consentUrl(settings.oauthRoot, { ...account, redirectUri, state }),
      take: (code) => tokens.exchange(account, { code, verifier: account.verifier }),
      paste: (pair) => tokens.paste(id, pair),
    },

    async upkeep() {
      await books.forgetCharges(id);
      const answer = await tokens.renewAhead(account, RENEW_AHEAD_MS);
      return answer.kind === 'person' ? answer.words : null;
    },

    usage: () => usageOf(account, settings),
    closingSoon: async () => (account.prompt ? users.closingSoon(id) : []),
    mayPrompt: (address) => users.mayPrompt(id, address),
    hints: account.hint,

    async postToGroup(groupId, text, deadline) {
      if (closed) return stopped(0);
      const json = { recipient: { group_id: groupId }, message: { text } };
      const answer = await client.call({ path: '/v3.0/oa/group/message', json }, deadline);
      if (answer.kind !== 'ok') return outcomeOf(answer, 0, judge);
      const { message_id } = answer.data;
      return {
        kind: 'accepted',
        providerId: typeof message_id === 'string' ? message_id : '',
        partsSent: 1,
      };
    },

    async close() {
      closed = true;
      client.close();
      fetcher.close();
    },
  };
}

async function usageOf(
  { id, spend }: OaAccount,
  { users, books }: Pick<ZaloOaSettings, 'users' | 'books'>,
): Promise<CapUsage[]> {
  const { inside, all } = await users.within(id);
  const quotas = await books.quotas(id);
  const of = (name: string, what: CapUsage['what']): CapUsage[] => {
    const { total = null, remain = null } = quotas.find((one) => one.name === name) ?? {};
    return total === null || remain === null ? [] : [{ what, used: total - remain, most: total }];
  };
  return [
    { what: 'inWindow', used: inside, most: all },
    ...of('sub_quota', 'consultations'),
    ...of('daily', 'templates'),
    { what: 'dong', used: await books.spent(id), most: spend.capDong },
  ];
}

function stopped(partsSent: number): Outcome {
  const detail = 'the connection was closed';
  return { kind: 'retry', scope: 'delivery', reason: 'channelStopped', detail, inDoubt: false, partsSent };
}

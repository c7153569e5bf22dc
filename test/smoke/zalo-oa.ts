// npm run smoke:zalo: the real client against a real Official Account. Zalo has no test service, so this is the only proof
// of agreement with Zalo itself. Opt-in: nothing runs it but a person. It asks who the OA is and how the window of one
// user stands, and sends that user one free message; outside the free window it sends nothing.
//
//   ZALO_SMOKE_ACCESS_TOKEN   from the API Explorer of the developer console
//   ZALO_SMOKE_USER_ID        a user of the OA who has written to it within 48 hours, and knows of this
//   ZALO_SMOKE_APP_SECRET     optional: with it, calls carry appsecret_proof

import { type Answer, openClient } from '../../src/channels/zalo-oa/client.ts';
import { readQuota } from '../../src/channels/zalo-oa/spending.ts';
import type { OaTokens } from '../../src/channels/zalo-oa/tokens.ts';
import { windowOf } from '../../src/channels/zalo-oa/window.ts';

export type SmokeEnv = Readonly<Record<string, string | undefined>>;

const DEADLINE_MS = 20_000;
const TEXT = 'Liên Lạc: tin thử kết nối. Không cần trả lời.';

/** What is given is used as it is: a refresh would use up the token pair of whoever lent this one. */
function borrowed(token: string): OaTokens {
  const words = 'the access token is not taken any more: get a new one from the API Explorer';
  const refused = async () => ({ kind: 'person', words }) as const;
  const given = async () => ({ kind: 'token', token }) as const;
  return {
    current: given,
    renew: refused,
    renewAhead: given,
    exchange: refused,
    paste: async () => undefined,
  };
}

/** @returns the exit code: 0 when the message was taken */
export async function smoke(env: SmokeEnv, print: (line: string) => void): Promise<number> {
  const { ZALO_SMOKE_ACCESS_TOKEN: token, ZALO_SMOKE_USER_ID: userId } = env;
  if (!token || !userId) {
    print('Set ZALO_SMOKE_ACCESS_TOKEN and ZALO_SMOKE_USER_ID; see the head of test/smoke/zalo-oa.ts.');
    return 64;
  }
  const appSecret = env.ZALO_SMOKE_APP_SECRET ?? '';
  const client = openClient({
    apiRoot: env.ZALO_OA_API_ROOT ?? 'https://openapi.zalo.me',
    phoneRoot: env.ZALO_OA_PHONE_ROOT ?? 'https://business.openapi.zalo.me',
    owner: { id: 'smoke', appId: '', appSecret },
    tokens: borrowed(token),
    // Three requests, and no other process.
    takeRequest: async () => 0,
    proof: appSecret !== '',
    sockets: 1,
  });
  const call = async (what: string, ...request: Parameters<typeof client.call>): Promise<Answer> => {
    const answer = await client.call(...request);
    const { kind, ...said } = answer;
    print(`${what}: ${kind === 'ok' ? 'ok' : JSON.stringify(said)}`);
    return answer;
  };
  const soon = () => AbortSignal.timeout(DEADLINE_MS);
  try {
    const me = await call('who the OA is', { method: 'GET', path: '/v2.0/oa/getoa' }, soon());
    if (me.kind !== 'ok') return 1;
    print(`  ${me.data.name} (${me.data.oaid}), package ${me.data.package_name}`);
    const json = { user_id: userId };
    const window = await call('the user’s window', { path: '/v3.0/oa/quota/message', json }, soon());
    if (window.kind !== 'ok') return 1;
    const last = Number(window.data.last_interaction);
    const state = windowOf(last > 0 ? new Date(last) : null, new Date());
    print(`  ${state}`);
    if (state !== 'free') {
      print('Nothing was sent: the user has to write to the OA first.');
      return 1;
    }
    const message = { recipient: { user_id: userId }, message: { text: TEXT } };
    const sent = await call('one message', { path: '/v3.0/oa/message/cs', json: message }, soon());
    if (sent.kind !== 'ok') return 1;
    print(`  message ${sent.data.message_id}, quota ${JSON.stringify(readQuota(sent.data))}`);
    return 0;
  } finally {
    client.close();
  }
}

if (/zalo-oa\.[jt]s$/.test(process.argv[1] ?? ''))
  process.exitCode = await smoke(process.env, (line) => void process.stdout.write(`${line}\n`));

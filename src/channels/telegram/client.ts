import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { Telegram } from 'telegraf';

export type TelegramSettings = {
  /** https://api.telegram.org, a local Bot API server, or a relay where the carrier blocks Telegram (§5.1). */
  apiRoot: string;
  /** http(s) proxy that is asked to CONNECT to the API. */
  proxy?: string;
};

type CallOptions = NonNullable<Parameters<Telegram['callApi']>[2]>;

/** What the channel needs of Telegraf: one call with a deadline, and the end of all sockets. */
export interface TelegramClient {
  call<M extends Parameters<Telegram['callApi']>[0]>(
    method: M,
    payload: Parameters<typeof Telegram.prototype.callApi<M>>[1],
    deadline: AbortSignal,
  ): ReturnType<typeof Telegram.prototype.callApi<M>>;
  close(): void;
}

/** @param sockets how many calls may be on the way at once */
export function openClient(token: string, settings: TelegramSettings, sockets: number): TelegramClient {
  const options = { keepAlive: true, maxSockets: sockets, scheduling: 'lifo' } as const;
  const agent = settings.proxy
    ? new HttpsProxyAgent(settings.proxy, options)
    : settings.apiRoot.startsWith('https:')
      ? new HttpsAgent(options)
      : new HttpAgent(options);
  // A prefix in the path is lost unless it ends in a slash (§5.6).
  const apiRoot = settings.apiRoot.endsWith('/') ? settings.apiRoot : `${settings.apiRoot}/`;
  const telegram = new Telegram(token, { apiRoot, webhookReply: false });
  // Telegraf drops an agent that is handed in with an http root; put it back, so that sockets are kept and closed.
  telegram.options.agent = agent;
  return {
    // Telegraf's types name the AbortSignal of a polyfill; the platform's own is what it is used with.
    call: (method, payload, deadline) =>
      telegram.callApi(method, payload, {
        signal: deadline as unknown as NonNullable<CallOptions['signal']>,
      }),
    close: () => agent.destroy(),
  };
}

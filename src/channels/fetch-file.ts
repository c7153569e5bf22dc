import { Agent, type Dispatcher, ProxyAgent, request } from 'undici';
import type { FetchedFile } from './files.ts';
import { ChannelProblem } from './problem.ts';

/** Gets files from a provider. */
export interface FileFetcher {
  /**
   * Reads no more than `mostBytes`. An address that is not the provider's is not asked, whoever names it.
   * @throws ChannelProblem without the address, in which a token may stand
   */
  get(address: string, mostBytes: number, deadline: AbortSignal): Promise<FetchedFile>;
  /** Ends all sockets. */
  close(): void;
}

export type FetchSettings = {
  /** Whether an address is the provider's: it comes in updates, and so from anybody. */
  allows: (url: URL) => boolean;
  /** http(s) proxy that is asked to CONNECT. */
  proxy?: string;
};

/** A provider may send us on to another of its own hosts. */
const REDIRECTS_MOST = 2;
const CONNECT_MS = 10_000;

export function openFetcher({ allows, proxy }: FetchSettings): FileFetcher {
  let dispatcher: Dispatcher | undefined;
  let closed = false;
  const open = (): Dispatcher => {
    const connect = { timeout: CONNECT_MS };
    dispatcher ??= proxy
      ? new ProxyAgent({ uri: proxy, requestTls: connect, proxyTunnel: true })
      : new Agent({ connect });
    return dispatcher;
  };

  async function follow(
    address: string,
    mostBytes: number,
    deadline: AbortSignal,
    redirects: number,
  ): Promise<FetchedFile> {
    if (!URL.canParse(address)) return { kind: 'gone' };
    const url = new URL(address);
    if (url.username || url.password || !allows(url)) return { kind: 'gone' };
    const { statusCode, headers, body } = await request(url, { dispatcher: open(), signal: deadline });
    // An answer that is not read to its end counts as an error of its own.
    body.on('error', () => undefined);
    if (statusCode === 200) return readUpTo(body, mostBytes, headers['content-length']);
    body.destroy();
    const { location } = headers;
    if (statusCode >= 300 && statusCode < 400 && typeof location === 'string' && redirects > 0)
      return follow(new URL(location, url).href, mostBytes, deadline, redirects - 1);
    if (statusCode >= 500 || statusCode === 429 || statusCode === 408)
      throw new ChannelProblem('unreachable', `the file's host answers ${statusCode}`);
    return { kind: 'gone' };
  }

  return {
    async get(address, mostBytes, deadline) {
      if (closed) throw new ChannelProblem('unreachable', 'the connection was closed');
      try {
        return await follow(address, mostBytes, deadline, REDIRECTS_MOST);
      } catch (error) {
        if (error instanceof ChannelProblem) throw error;
        throw new ChannelProblem('unreachable', 'the file could not be fetched');
      }
    },
    close() {
      closed = true;
      dispatcher?.destroy().catch(() => undefined);
    },
  };
}

type Body = Dispatcher.ResponseData['body'];

async function readUpTo(body: Body, mostBytes: number, told: unknown): Promise<FetchedFile> {
  const chunks: Buffer[] = [];
  let length = 0;
  if (Number(told) <= mostBytes || told === undefined)
    for await (const chunk of body) {
      length += (chunk as Buffer).length;
      if (length > mostBytes) break;
      chunks.push(chunk as Buffer);
    }
  else length = mostBytes + 1;
  if (length <= mostBytes) return { kind: 'file', bytes: Buffer.concat(chunks) };
  body.destroy();
  return { kind: 'tooLarge' };
}

/**
 * Where Zalo keeps what people send (facts/zalo-telegram.md §2.3): these hosts and those below them, by https; and the
 * host of the API itself, as it is configured.
 */
export function zaloMedia(apiRoot: string, hosts: readonly string[]): (url: URL) => boolean {
  const api = new URL(apiRoot).origin;
  return (url) =>
    url.origin === api ||
    (url.protocol === 'https:' &&
      url.port === '' &&
      hosts.some((host) => url.hostname === host || url.hostname.endsWith(`.${host}`)));
}

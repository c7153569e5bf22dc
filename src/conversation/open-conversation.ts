import { forgetReasons } from '../attendance/index.ts';
import { lookAfter } from '../channels/index.ts';
import { type AbsenceDoor, openAbsenceDoor } from './absence/page-door.ts';
import { warnOfMissed } from './absence/warn.ts';
import { keepWindows, type WindowPorts } from './care/keep-windows.ts';
import { tellStops } from './care/tell-stops.ts';
import { warmUp } from './care/warm-up.ts';
import { followAccounts } from './intake/follow.ts';
import { type Inbox, openInbox } from './intake/inbox.ts';
import { openPoller } from './intake/poll.ts';
import { lookAfterNotices } from './staff/look-after-notices.ts';
import { forgetSteps } from './steps.ts';
import { openPost } from './threads/post.ts';

/** How often the channel accounts are looked at. */
const LOOK_MS = 15_000;

export interface Conversation {
  inbox: Inbox;
  /** Reports of absence by families without a chat. */
  absence: AbsenceDoor;
  /**
   * Sees to it that updates come in, from now on.
   * @param webhookOf where the provider may bring an account's updates; null: there is no public https address.
   * @returns a look at the accounts at once, for those that were connected a moment ago.
   */
  listen(webhookOf: (id: string, channel: string) => string | null): () => Promise<void>;
  /** Looks after what staff have ordered from their chats: what is due goes out. */
  due(): Promise<void>;
  /** Sends letters whose time has come, handles what waits, forgets what is over; asked every few seconds. */
  sweep(): Promise<void>;
  /**
   * Every minute, once in the cluster: accounts get what they need, administrators hear of those that have stopped, and
   * families whose free window closes are asked for a sign of life.
   */
  tick(): Promise<void>;
  stop(): Promise<void>;
}

/** Channels whose accounts need care: tokens that end. */
const CARED_FOR = ['zalo-oa'];

export function openConversation(given: Omit<WindowPorts, 'post'>): Conversation {
  const post = openPost(given);
  const ports: WindowPorts = { ...given, post };
  const { db, accounts, signer, texts, topics, log } = ports;
  const inbox = openInbox(ports);
  const poller = openPoller({ db, accounts, inbox, log });
  let timer: NodeJS.Timeout | undefined;
  // Nobody waits for it, and who writes meanwhile is answered all the same.
  const warm = warmUp(ports).catch((error: unknown) => log.warn({ err: error }, 'started cold'));
  return {
    inbox,
    absence: openAbsenceDoor(ports),
    listen(webhookOf) {
      const follow = followAccounts({
        db: db.prisma,
        accounts,
        signer,
        texts,
        topics,
        log,
        webhookOf,
        poll: (ids) => poller.follow(ids),
      });
      timer = setInterval(() => void follow(), LOOK_MS);
      return follow;
    },
    due: () => lookAfterNotices(ports),
    async sweep() {
      inbox.kick();
      post.kick();
      await lookAfterNotices(ports);
      await forgetSteps(db, ports.clock.now());
    },
    async tick() {
      await lookAfter(db.prisma, accounts, CARED_FOR, log);
      await tellStops({ ...ports, db: db.prisma }, ports.clock.now());
      await keepWindows(ports, CARED_FOR);
      await warnOfMissed(ports);
      await forgetReasons(db.prisma, ports.clock.now());
    },
    async stop() {
      clearInterval(timer);
      await warm;
      await poller.stop();
      await inbox.stop();
      await post.stop();
    },
  };
}

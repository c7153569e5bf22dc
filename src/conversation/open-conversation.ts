import { followAccounts } from './follow.ts';
import { type Inbox, type InboxPorts, openInbox } from './inbox.ts';
import { openPoller } from './poll.ts';

/** How often the channel accounts are looked at. */
const LOOK_MS = 15_000;

export interface Conversation {
  inbox: Inbox;
  /**
   * Sees to it that updates come in, from now on.
   * @param webhookOf where the provider may bring an account's updates; null: there is no public https address.
   * @returns a look at the accounts at once, for those that were connected a moment ago.
   */
  listen(webhookOf: (id: string, channel: string) => string | null): () => Promise<void>;
  stop(): Promise<void>;
}

export function openConversation(ports: InboxPorts): Conversation {
  const { db, accounts, signer, texts, topics, log } = ports;
  const inbox = openInbox(ports);
  const poller = openPoller({ db, accounts, inbox, log });
  let timer: NodeJS.Timeout | undefined;
  return {
    inbox,
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
    async stop() {
      clearInterval(timer);
      await poller.stop();
      await inbox.stop();
    },
  };
}

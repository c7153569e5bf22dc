import type { OpenAccount } from '../../channels/index.ts';
import { holdUntil } from '../../time/index.ts';
import type { InboxPorts } from '../intake/inbox.ts';
import { menuButtons } from '../menu.ts';
import { withNumbers } from '../numbered.ts';
import { sendReply } from '../say.ts';
import { openTalk } from '../talk.ts';

export type WindowPorts = InboxPorts & {
  /** Minutes since midnight at school; families are left alone then. */
  quiet: { fromMin: number; toMin: number };
};

/**
 * Where writing to a person is free only for a while after their last word, asks those whose time is nearly over for
 * another one: with what they may want to see, and once a week at most. Only families that are linked and have agreed
 * to something are asked.
 */
export async function keepWindows(ports: WindowPorts, channels: readonly string[]): Promise<void> {
  const now = ports.clock.now();
  if (holdUntil(now, ports.quiet.fromMin, ports.quiet.toMin) > now) return;
  const rows = await ports.db.prisma.channelAccount.findMany({
    where: { channel: { in: [...channels] }, stoppedReason: null },
    select: { id: true },
  });
  for (const { id } of rows) {
    try {
      const account = await ports.accounts.open(id);
      for (const address of (await account.connection.closingSoon?.()) ?? [])
        await prompt(ports, account, address);
    } catch (error) {
      ports.log.warn({ err: error, accountId: id }, 'families not prompted; next try soon');
    }
  }
}

async function prompt(ports: WindowPorts, account: OpenAccount, address: string): Promise<void> {
  // Taken first, also for those who are not asked: a prompt that fails is not made up for.
  if (!(await account.connection.mayPrompt?.(address))) return;
  const talk = await openTalk(ports, account, { address }, '');
  const child = talk.children.find((one) => Object.values(one.consents).includes(true));
  if (!child) return;
  const reply = {
    text: talk.say('channels:prompt', { givenName: child.givenName }),
    buttons: menuButtons(talk),
  };
  await sendReply(account, address, await withNumbers(ports, account, address, talk.language, reply));
}

import type { ChatNotice } from '../../store/prisma/client.ts';
import { callOff, scopeOf } from '../chat-notices.ts';
import type { Reply } from '../say.ts';
import type { Asked, Matter, Talk } from '../talk.ts';
import { isWide, roleFor, teaches } from './scope.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What has been told from this chat, and how it stands. */
export const sent: Matter = {
  name: 'sent',
  unlisted: true,
  words: ['/dagui', '/sent', 'đã gửi', 'tin đã gửi'],
  who: 'staff',
  may: (staff) => staff.some((one) => isWide(one) || teaches(one)),
  async answer(talk, asked) {
    const [what = '', id = ''] = asked.pressed ? asked.argument.split('.') : [];
    const row = UUID.test(id) ? await ownNotice(talk, id) : null;
    if (!row) return [{ text: talk.say('staff:sent.gone') }];
    const deed = Object.hasOwn(DEEDS, what) ? DEEDS[what] : undefined;
    return deed ? deed(talk, row, asked) : [];
  },
};

/** Of this chat's own staff, and of families whom they may still write to. */
async function ownNotice({ ports, staff }: Talk, id: string): Promise<ChatNotice | null> {
  const row = await ports.db.prisma.chatNotice.findUnique({ where: { id } });
  const roles = staff.filter((one) => one.staffId === row?.staffId);
  return row && roleFor(roles, scopeOf(row)) ? row : null;
}

type Deed = (talk: Talk, row: ChatNotice, asked: Asked) => Promise<Reply[]>;

const DEEDS: Record<string, Deed> = {
  async off(talk, row) {
    const isOff = await callOff(talk, row);
    return [
      {
        text: talk.say(isOff ? 'staff:order.calledOff' : 'staff:order.tooLate', { title: row.title }),
        inPlace: true,
      },
    ];
  },
};

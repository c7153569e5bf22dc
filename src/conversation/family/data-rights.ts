import { requestData } from '../../notices/index.ts';
import { dateText } from '../day.ts';
import type { Reply } from '../say.ts';
import type { Matter, Step, Talk } from '../talk.ts';
import { tellOffice } from './tell-office.ts';

type Kind = 'view' | 'delete';

/** Starts the procedure for every guardian of the chat, and says by when the school answers and has it done. */
async function request(talk: Talk, kind: Kind): Promise<Reply[]> {
  const { ports, account, children, say } = talk;
  const guardians = new Map(children.map(({ guardianId, schoolId }) => [guardianId, schoolId]));
  const made = await Promise.all(
    [...guardians].map(async ([guardianId, schoolId]) => {
      const who = { guardianId, schoolId, channel: account.channel.name };
      const asked = await requestData(ports.db.prisma, who, kind, ports.clock.now());
      await tellOffice(talk, who, kind, asked);
      return asked;
    }),
  );
  const [first] = made;
  if (!first) return [{ text: say('chat:notLinked') }];
  const values = { answerOn: dateText(first.answerOn), dueOn: dateText(first.dueOn) };
  return [{ text: say(first.before ? `talk:data.open.${kind}` : `talk:data.made.${kind}`, values) }];
}

/** Two taps for what the law gives: to see, and to have deleted, what is kept. */
export const dataStep: Step = {
  ask: async ({ say, children }) =>
    children.length
      ? {
          text: say('talk:data.ask'),
          options: [
            [{ label: say('talk:data.view'), choice: 'view' }],
            [{ label: say('talk:data.delete'), choice: 'delete' }],
          ],
        }
      : null,
  take: async (talk, _data, answer) => ({
    replies: await request(talk, answer.choice === 'delete' ? 'delete' : 'view'),
  }),
};

/** "xóa dữ liệu" asks once more, as it cannot be undone; "xem dữ liệu" starts at once. */
const matter = (name: string, kind: Kind, words: Matter['words']): Matter => ({
  name,
  words,
  unlisted: true,
  answer: async (talk) =>
    kind === 'view' ? request(talk, kind) : { matter: 'settings', step: 'data', data: {} },
});

export const viewData = matter('viewdata', 'view', [
  '/xemdulieu',
  'xem dữ liệu',
  'xem du lieu',
  'see my data',
]);
export const deleteData = matter('deletedata', 'delete', [
  '/xoadulieu',
  'xóa dữ liệu',
  'xoá dữ liệu',
  'xoa du lieu',
  'delete my data',
]);

// Class groups, GMF (facts/zalo-telegram.md §1.9): only those that the OA has made; no window.

import type { Payload } from '../telegram/payload.ts';
import { readMessage } from './message.ts';
import { newId, type Oa } from './oa.ts';
import { idOf, objectOf, textOf } from './payload.ts';
import { refused } from './refusal.ts';

export type Group = {
  /** The asset that the group uses up. */
  asset: string;
  /** Empty until the group is made. */
  id: string;
  name: string;
  disabled: boolean;
  members: readonly string[];
  /** `rings`: the ids in `[@…]`; a group's own id rings everybody. */
  messages: { messageId: string; at: number; text: string; rings: readonly string[] }[];
};

const MEMBERS_MOST = 99;
const NAME_MAX = 100;
const MENTION = /\[@([^\]]*)\]/g;

export const newGroup = (asset: string): Group => ({
  asset,
  id: '',
  name: '',
  disabled: false,
  members: [],
  messages: [],
});

/** `POST /v3.0/oa/group/creategroupwithoa`. @throws Refusal -201, -238, -213 */
export function createGroup(oa: Oa, json: Payload): object {
  const body = objectOf(json, 'body', ['group_name', 'group_description', 'asset_id', 'member_user_ids']);
  const name = textOf(body.group_name, 'group_name', NAME_MAX);
  const ids = body.member_user_ids;
  if (!Array.isArray(ids) || ids.length === 0) throw refused(-201, 'member_user_ids');
  if (ids.length > MEMBERS_MOST) throw refused(-210, 'member_user_ids');
  if (typeof body.asset_id !== 'string') throw refused(-201, 'asset_id');
  const group = oa.groups.get(body.asset_id);
  if (group?.id !== '') throw refused(-238);
  const members = ids.map((id) => idOf(id, 'member_user_ids'));
  for (const id of members) {
    const user = oa.reachable(id);
    const window = oa.windowOf(user);
    if (user.relation !== 'following' && window !== 'free' && window !== 'charged') throw refused(-213, id);
  }
  Object.assign(group, { id: newDigits(), name, members });
  return { group_id: group.id, group_link: `https://zalo.me/g/${group.id.slice(-6)}`, status: 'enabled' };
}

/** `POST /v3.0/oa/group/message`. @throws Refusal -201, -210, -237, -403 */
export function sendToGroup(oa: Oa, json: Payload): object {
  const { recipient, message } = objectOf(json, 'body', ['recipient', 'message']);
  const groupId = idOf(objectOf(recipient, 'recipient', ['group_id']).group_id, 'group_id');
  const look = readMessage(message, oa.uploads);
  const group = [...oa.groups.values()].find((one) => one.id === groupId);
  if (!group) throw refused(-403);
  if (group.disabled) throw refused(-237);
  const [messageId, at] = [newId(), oa.now()];
  const { text } = look;
  const rings = [...text.matchAll(MENTION)].map(([, id]) => id ?? '');
  group.messages.push({ messageId, at, text, rings });
  oa.accept({
    at,
    chatId: groupId,
    method: '/v3.0/oa/group/message',
    text,
    messageId,
    way: 'group',
    dong: 0,
  });
  oa.webhook.bring(
    {
      event_name: `oa_send_group_${look.kind}`,
      sender: { id: oa.options.oaId },
      recipient: { id: groupId },
      message: { msg_id: messageId },
    },
    at,
  );
  return { message_id: messageId, group_id: groupId };
}

const newDigits = (): string => String(BigInt(`0x${newId().slice(0, 14)}`) + 10n ** 17n);

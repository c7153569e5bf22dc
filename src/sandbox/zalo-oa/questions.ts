// What the OA's API tells: the OA itself, its users, their windows (facts/zalo-telegram.md §1.8).

import type { Payload } from '../telegram/payload.ts';
import { type Oa, PACKAGES } from './oa.ts';
import { idOf, objectOf } from './payload.ts';
import { refused } from './refusal.ts';

const BUSINESS = '2';
const USERS_MOST = 50;
const OFFSET_MOST = 9951;
const HOUR_MS = 3_600_000;

export function getOa({ options, users }: Oa): object {
  const followers = [...users.values()].filter(({ relation }) => relation === 'following');
  return {
    oaid: options.oaId,
    name: options.name,
    is_verified: true,
    oa_type: BUSINESS,
    num_follower: followers.length,
    package_name: options.package,
    linked_ZCA: options.balanceDong === null ? '' : '1',
  };
}

/** `last_interaction` is the clock by which sends are judged; in ms, 0: never. @throws Refusal -213 */
export function quotaOfUser(oa: Oa, json: Payload): object {
  const user = oa.reachable(idOf(objectOf(json, 'body', ['user_id']).user_id, 'user_id'));
  const { remain, total } = oa.purse.consultations;
  return {
    last_interaction: user.interactedAt ?? 0,
    cs_reply: { remain: String(remain), total: String(total) },
    promotion: {},
  };
}

/** @throws Refusal -201, -213 */
export function userDetail(oa: Oa, data: Payload): object {
  const user = oa.reachable(idOf(objectOf(data, 'data', ['user_id']).user_id, 'user_id'));
  return {
    user_id: user.id,
    user_id_by_app: idByApp(user.id),
    display_name: user.name,
    is_sensitive: false,
    user_last_interaction_date: dateOf(user.interactedAt),
    user_is_follower: user.relation === 'following',
    tags_and_notes_info: { notes: [], tag_names: [] },
  };
}

/** @throws Refusal -201, -210 */
export function userList(oa: Oa, data: Payload): object {
  const members = ['offset', 'count', 'tag_name', 'last_interaction_period', 'is_follower'];
  const { offset, count, is_follower } = objectOf(data, 'data', members);
  if (!isCount(offset) || !isCount(count)) throw refused(-201, 'offset and count');
  if (count > USERS_MOST || offset > OFFSET_MOST) throw refused(-210, 'offset and count');
  const found = [...oa.users.values()].filter(
    ({ relation }) =>
      relation === 'following' || (relation === 'talking' && is_follower !== true && is_follower !== 'true'),
  );
  const users = found.slice(offset, offset + count).map(({ id }) => ({ user_id: id }));
  return { total: found.length, count: users.length, offset, users };
}

/** The id of the same person for the whole app: another id space (§1.1). */
export const idByApp = (userId: string): string => `5${userId.slice(1)}`;

/** @throws Refusal -224: the package has no OpenAPI (§1.3) */
export function mustHaveApi({ options }: Oa): void {
  if (!PACKAGES[options.package]) throw refused(-224);
}

function dateOf(at: number | null): string {
  if (at === null) return '';
  const [year, month, day] = new Date(at + 7 * HOUR_MS).toISOString().slice(0, 10).split('-');
  return `${day}/${month}/${year}`;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

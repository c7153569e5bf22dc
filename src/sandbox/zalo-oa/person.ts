// What a person can do in Zalo with an OA: follow, write, read, give details, leave (facts/zalo-telegram.md §1.5, §2.3).

import { ANY_PDF, ANY_PNG } from '../media.ts';
import type { SeenMessage } from '../telegram/chat.ts';
import { newId, type Oa } from './oa.ts';
import { idByApp } from './questions.ts';
import type { OaUser, Relation, WindowName } from './user.ts';

export interface ZaloOaPerson {
  /** The id with this OA: digits, a text. */
  readonly userId: string;
  readonly name: string;
  readonly phone: string | null;
  readonly relation: Relation;
  /** How a message to this person counts now. */
  readonly window: WindowName;
  follow(): void;
  unfollow(): void;
  /** Takes consent back: whoever hears of it deletes and stops. */
  withdraw(): void;
  /** Blocks the OA: no event tells of it. */
  block(): void;
  unblock(): void;
  /** Presses the chat button of the OA's page; Zalo tells of it once. */
  openChat(): void;
  /** Writes a text; a press on an `oa.query` menu item is the same. */
  type(text: string): void;
  send(what: 'sticker' | 'audio' | 'location'): void;
  /** Sends pictures, in one event; the OA gets their addresses. */
  sendImages(pictures?: readonly Buffer[], text?: string): void;
  sendFile(bytes?: Buffer, name?: string): void;
  /** Opens the chat: everything in it is seen. It keeps no window open. */
  read(): void;
  /** Answers a request for details; the number is whatever is typed. */
  submitInfo(info: { name: string; phone: string }): void;
  /** Banned, or away for more than 45 days (`inactive`); wants no advertising (`restricts`); tester (`admin`). */
  become(what: Partial<Pick<OaUser, 'inactive' | 'restricts' | 'admin'>>): void;
  /** What stands on the screen, oldest first. */
  messages(): readonly SeenMessage[];
}

type Look = Pick<SeenMessage, 'photo'>;

const media = (name: string) => ({ url: `https://photo.zdn.vn/${name}` });
const CONTENT = {
  sticker: { shown: '[nhãn dán]', payload: { id: '1', ...media('1.png') } },
  audio: { shown: '[ghi âm]', payload: media('1.aac') },
  location: { shown: '[vị trí]', payload: { coordinates: { latitude: '22.66', longitude: '106.26' } } },
};

export function personOf(oa: Oa, user: OaUser): ZaloOaPerson {
  const oaId = oa.options.oaId;
  const byApp = idByApp(user.id);
  let hasPressedChat = false;

  const become = (change: Partial<OaUser>) => {
    Object.assign(user, change);
    oa.keep(user);
  };
  const mustBeHere = () => {
    if (user.relation === 'left') throw new Error(`${user.name}: the chat is left`);
  };
  /** The person has done something that opens the window. */
  const interact = () => {
    mustBeHere();
    const relation = user.relation === 'following' ? 'following' : 'talking';
    become({ relation, interactedAt: oa.now(), inactive: false });
  };
  const relationEvent = (event_name: 'follow' | 'unfollow') =>
    oa.webhook.bring(
      {
        oa_id: oaId,
        follower: { id: user.id },
        user_id_by_app: byApp,
        event_name,
        source: 'oa_profile',
      },
      oa.now(),
    );
  const tell = (event_name: string, more: Record<string, unknown>) =>
    oa.webhook.bring(
      { event_name, sender: { id: user.id }, recipient: { id: oaId }, user_id_by_app: byApp, ...more },
      oa.now(),
    );
  const say = (event: string, shown: string, content: Record<string, unknown>, look: Look = {}) => {
    interact();
    const msg_id = newId();
    oa.show(user, 'person', { text: shown, ...look }, msg_id);
    tell(event, { message: { msg_id, ...content } });
  };

  return {
    userId: user.id,
    get name() {
      return user.name;
    },
    get phone() {
      return user.phone;
    },
    get relation() {
      return user.relation;
    },
    get window() {
      return oa.windowOf(user);
    },
    follow() {
      become({ relation: 'following', interactedAt: oa.now(), inactive: false });
      relationEvent('follow');
    },
    unfollow() {
      become({ relation: 'left' });
      relationEvent('unfollow');
    },
    withdraw() {
      become({ relation: 'withdrawn' });
      oa.webhook.bring(
        { oa_id: oaId, user_id: user.id, user_id_by_app: byApp, event_name: 'user_withdraw' },
        oa.now(),
      );
    },
    block: () => become({ relation: 'left' }),
    unblock: () => become({ relation: 'talking' }),
    openChat() {
      interact();
      if (hasPressedChat) return;
      hasPressedChat = true;
      oa.webhook.bring(
        { oa_id: oaId, user_id: user.id, user_id_by_app: byApp, event_name: 'user_click_chatnow' },
        oa.now(),
      );
    },
    type(typed) {
      const text = typed.trim();
      if (text === '' || text.length > 2000) throw new Error('a message has 1–2000 characters');
      say('user_send_text', text, { text });
    },
    sendImages(pictures = [ANY_PNG], text = '') {
      const attachments = pictures.map((bytes) => {
        const url = `${oa.root}/${oa.media.put(bytes, 'image/jpeg', 'jpg')}`;
        return { type: 'image', payload: { thumbnail: url, url } };
      });
      const photo = { type: 'image/jpeg', base64: (pictures[0] ?? ANY_PNG).toString('base64') };
      say('user_send_image', text || '[ảnh]', { ...(text ? { text } : {}), attachments }, { photo });
    },
    sendFile(bytes = ANY_PDF, name = 'don.pdf') {
      const url = `${oa.root}/${oa.media.put(bytes, 'application/octet-stream', 'bin')}`;
      const payload = { size: String(bytes.length), name, checksum: '00', type: name.split('.').at(-1), url };
      say('user_send_file', `[tệp: ${name}]`, { attachments: [{ type: 'file', payload }] });
    },
    send(what) {
      const { shown, payload } = CONTENT[what];
      say(`user_send_${what}`, shown, { attachments: [{ type: what, payload }] });
    },
    read() {
      mustBeHere();
      const msg_ids = user.unread;
      if (msg_ids.length === 0) return;
      become({ unread: [] });
      tell('user_seen_message', { message: { msg_ids } });
    },
    submitInfo(info) {
      interact();
      const full_address = { user_city: '', user_ward: '', user_address: '' };
      tell('user_submit_info', { info: { ...info, user_dob: '', gender: '', full_address } });
    },
    become: (what) => become(what),
    messages: () => user.seen ?? [],
  };
}

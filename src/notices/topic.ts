import type { Purpose } from '../store/prisma/enums.ts';

/** A child of the chat that asks: linked, the guardianship stands, the right is there and the purpose agreed to. */
export type AskingChild = {
  guardianshipId: string;
  guardianId: string;
  pupilId: string;
  schoolId: string;
  givenName: string;
  className: string;
};

export type TopicQuestion = {
  /** Never empty. Of one chat; they may belong to several guardians and schools. */
  children: readonly AskingChild[];
  /** What stood behind the word ("toán" of "/diem toán"), or what a button of the topic carried. */
  argument: string;
  /** True when a button was pressed, so that `argument` is our own and not what somebody typed. */
  pressed: boolean;
  language: string;
  now: Date;
};

/** A message to the chat that asked: source text with our few marks. What people or files wrote goes through asTyped(). */
export type TopicAnswer = {
  text: string;
  /** `action`: made with topicAction(). */
  buttons?: readonly (readonly { label: string; action: string }[])[];
  picture?: { png: Buffer; alt: string };
};

/**
 * What a family may ask in a chat, and who answers. A part (grades/, fees/) makes one, app.ts hands it to the
 * conversation, which looks at rights and knows nothing of the matter itself.
 */
export type Topic = {
  /** a–z; stands in buttons and in locales chat:topic.<name>, the line of the help. */
  name: string;
  /**
   * NFC, lower case. "/diem" is matched behind a slash, folded; "điểm" must be typed so: folded it would be Diễm,
   * and a child's name is no order.
   */
  words: readonly string[];
  /** What the guardian must have agreed to before anything of it goes to a chat. */
  purpose: Purpose;
  /** The right that the guardianship must give. */
  right: 'canSeeMarks' | 'canPay';
  /** Whether this may stand behind the word also where the marks of the letters are left out: "diem toan". */
  knows?(argument: string): boolean;
  answer(question: TopicQuestion): Promise<TopicAnswer[]>;
};

/** The action of a topic's button; `argument`: A–Z a–z 0–9 . _ - :, all together at most 64 bytes. */
export const topicAction = (name: string, argument: string): string => `tp:${name}:${argument}`;

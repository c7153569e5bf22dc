import { z } from 'zod';
import { HubError } from '../../errors.ts';
import type { AccountConfig } from '../port.ts';

/** Requests a minute that each OA package allows (facts/zalo-telegram.md §1.3). */
export const PACKAGES = { growth: 100, comprehensive: 2000 } as const;
export type OaPackage = keyof typeof PACKAGES;

/** What is not for notices: answers in chats, pictures, questions about a window. */
const SPARE_SHARE = 0.1;

/** The pace of an OA's lane, in messages per second. */
export const lanePace = (chosen: OaPackage): number => (PACKAGES[chosen] * (1 - SPARE_SHARE)) / 60;

/** A template that Zalo has approved, for one kind of notice. */
export const oaTemplateSchema = z.strictObject({
  id: z.string().regex(/^\d{1,20}$/),
  /** By the person's id with this OA, or by the phone number that the school has of the guardian. */
  by: z.enum(['user', 'phone']),
  /** What one costs, in whole đồng, with tax. */
  dong: z.int().min(1).max(100_000),
  /** Zalo's parameter → the variable of our template ("student" → "child"). */
  params: z.record(z.string().min(1), z.string().min(1)),
});
export type OaTemplate = z.infer<typeof oaTemplateSchema>;

/** What an account's settings may hold; whatever is not confirmed of Zalo is a setting here. */
export const oaSettingsSchema = z.object({
  appId: z.string().regex(/^\d{1,32}$/),
  /** Zalo's id of the OA; known once it is connected. */
  oaId: z.string().optional(),
  package: z.enum(['growth', 'comprehensive']).default('growth'),
  /** Whether each call carries `appsecret_proof` (§1.2). */
  proof: z.boolean().default(true),
  /** With what a webhook's signature begins: the app's id; some sources say the OA's (§2.2). */
  signedWith: z.enum(['appId', 'oaId']).default('appId'),
  /** What the school is ready to pay. Nothing, until it says so. */
  spend: z
    .strictObject({
      /** Consultation messages between 48 hours and 7 days (§1.5). */
      charged: z.boolean().default(false),
      templates: z.boolean().default(false),
      /** Whole đồng in a month, never passed. */
      capDong: z.int().min(0).max(1_000_000_000).default(0),
    })
    .default({ charged: false, templates: false, capDong: 0 }),
  templates: z.record(z.string(), oaTemplateSchema).default({}),
  /** Whether families are asked, once a week at most, for a sign of life before the free window closes. */
  prompt: z.boolean().default(true),
  /** Whether messages say that an answer keeps the way open. */
  hint: z.boolean().default(true),
});
export type OaSettings = z.infer<typeof oaSettingsSchema>;

const secretSchema = z.strictObject({
  /** Of the app: for the token endpoint and `appsecret_proof`. */
  appSecret: z.string().min(1),
  /** Of the webhook's settings: another one, as far as is known (§2.2). */
  webhookKey: z.string().min(1),
  /** The stored half of the PKCE pair (§1.2). */
  verifier: z.string().min(43).max(128),
});
export type OaSecret = z.infer<typeof secretSchema>;

export type OaAccount = { id: string } & OaSettings & OaSecret;

export const writeSecret = (secret: OaSecret): string => JSON.stringify(secretSchema.parse(secret));

/** @throws HubError `badSetting` that names what is wrong, without a value. */
export function readAccount({ id, secret, settings }: AccountConfig): OaAccount {
  const known = oaSettingsSchema.safeParse(settings);
  const secrets = secretSchema.safeParse(parsed(secret));
  const issue = known.error?.issues[0] ?? secrets.error?.issues[0];
  if (!known.success || !secrets.success)
    throw new HubError('badSetting', { name: 'zalo-oa', problem: String(issue?.path.join('.') ?? '') });
  return { id, ...known.data, ...secrets.data };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

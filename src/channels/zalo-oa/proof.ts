import { createHmac } from 'node:crypto';

/** `appsecret_proof`: that whoever has the access token has the app's secret, too (facts/zalo-telegram.md §1.2). */
export const appSecretProof = (accessToken: string, appSecret: string): string =>
  createHmac('sha256', appSecret).update(accessToken).digest('hex');

// The methods of the Bot API that this stand-in knows.

import type { Bot } from './bot.ts';
import { callbackMethods } from './method-callbacks.ts';
import { fileMethods } from './method-files.ts';
import { messageMethods } from './method-messages.ts';
import { updateMethods } from './method-updates.ts';
import type { Payload } from './payload.ts';

/** `gone` is aborted when the caller has hung up. The result goes into `result`; `description` is rare. */
export type Method = (bot: Bot, payload: Payload, gone: AbortSignal) => MethodResult | Promise<MethodResult>;
export type MethodResult = { result: unknown; description?: string };

const METHODS: Record<string, Method> = {
  ...messageMethods,
  ...fileMethods,
  ...callbackMethods,
  ...updateMethods,
};
/** Method names are not case-sensitive. */
const BY_LOWER = new Map(Object.keys(METHODS).map((name) => [name.toLowerCase(), name]));

/** The method's proper name, or undefined: 404. */
export const methodName = (asked: string): string | undefined =>
  Object.hasOwn(METHODS, asked) ? asked : BY_LOWER.get(asked.toLowerCase());

export function callMethod(bot: Bot, name: string, payload: Payload, gone: AbortSignal): ReturnType<Method> {
  const method = METHODS[name];
  if (!method) throw new Error(`no method ${name}`);
  return method(bot, payload, gone);
}

import { type Logger, pino, stdSerializers } from 'pino';

/** Keys whose values are never written, wherever they stand in a log line. */
const SECRET_KEYS = [
  'address',
  'authorization',
  'body',
  'code',
  'email',
  'fullName',
  'mark',
  'name',
  'password',
  'phone',
  'secret',
  'sealedSecret',
  'text',
  'title',
  'to',
  'token',
  'url',
  'value',
  'vars',
];

const PATTERNS: [RegExp, string][] = [
  // Also where it stands in an address: /bot<token>/sendMessage.
  [/(?<!\d)\d{6,12}:[\w-]{30,}/g, '[token]'],
  [/\/\/[^/\s:@]*:[^/\s@]+@/g, '//[credentials]@'],
  [/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, '[email]'],
  [/(?<![\w-])(?:\+?84|0)[\d. ]{8,13}\d(?![\w-])/g, '[phone]'],
  // Chats, pupils' codes. A uuid's parts stay.
  [/(?<![\w-])\d{9,}(?![\w-])/g, '[number]'],
];

/** Takes e-mail addresses, phones, tokens and credentials out of a text that comes from elsewhere. */
export function mask(text: string): string {
  return PATTERNS.reduce((masked, [pattern, word]) => masked.replace(pattern, word), text);
}

/**
 * The log: one structured line per change of state, with ids and never a name, phone, mark or token.
 * Foreign texts (error messages, provider answers) go through `mask`.
 */
export function openLog(level: string, destination?: { write(line: string): void }): Logger {
  const options = {
    level,
    base: null,
    redact: {
      paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]),
      censor: '[kept out]',
    },
    serializers: {
      err: (thrown: unknown) => {
        // Anything can be thrown; the line that tells of it must not fail.
        if (!(thrown instanceof Error)) return { type: typeof thrown, message: mask(String(thrown)) };
        const seen = stdSerializers.err(thrown);
        return { type: seen.type, message: mask(seen.message), stack: mask(seen.stack ?? '') };
      },
    },
  };
  return destination ? pino(options, destination) : pino(options);
}

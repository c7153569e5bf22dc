import { type Logger, pino, stdSerializers } from 'pino';

/** Keys whose values are never written, wherever they stand in a log line. */
const SECRET_KEYS = [
  'address', 'authorization', 'body', 'code', 'email', 'fullName', 'mark', 'name', 'password', 'phone', 'secret',
  'sealedSecret', 'text', 'title', 'to', 'token', 'url', 'value', 'vars',
];

const PATTERNS: [RegExp, string][] = [
  [/\b\d{6,12}:[\w-]{30,}\b/g, '[token]'],
  [/\/\/[^/\s:@]+:[^/\s@]+@/g, '//[credentials]@'],
  [/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, '[email]'],
  [/(?<!\d)(?:\+?84|0)\d{9,10}(?!\d)/g, '[phone]'],
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
      err: (error: Error) => {
        const seen = stdSerializers.err(error);
        return { type: seen.type, message: mask(seen.message), stack: mask(seen.stack) };
      },
    },
  };
  return destination ? pino(options, destination) : pino(options);
}

// The one table of errors that the hub raises on purpose. Anything else that is thrown is a bug.
//
// `status` is the HTTP status and `exit` the exit code of the command line. The sentence for people stands in
// locales/*/errors.json under the code: what happened, and what to do.

const TABLE = {
  /** A setting is missing or not allowed. `detail` names the setting. */
  badSetting: { status: 500, exit: 78 },
  /** Another hub already works on this data folder. */
  dataFolderInUse: { status: 500, exit: 75 },
  /** The data folder belongs to another PostgreSQL major version. */
  dataFolderOtherVersion: { status: 500, exit: 78 },
  /** The embedded PostgreSQL cannot be started here; `detail` says what was tried. */
  databaseCannotStart: { status: 503, exit: 69 },
  /** The database does not answer. Nothing was changed; try again. */
  databaseUnreachable: { status: 503, exit: 69 },
  /** A migration failed or the database is newer than this program. */
  migrationFailed: { status: 500, exit: 70 },
  /** The port is taken by another program. */
  portTaken: { status: 500, exit: 75 },
  /** The file cannot be read as what it should be; nothing was imported. `reason` is a key of errors.file. */
  badFile: { status: 422, exit: 65 },
  /** The named thing does not exist, or not in this school. */
  notFound: { status: 404, exit: 66 },
  /** The input breaks a rule; `detail` says which. */
  badInput: { status: 422, exit: 64 },
  /** The same idempotency key came with another content. */
  keyReused: { status: 409, exit: 65 },
  /** A template names a variable that its kind does not have, or cannot be parsed. */
  badTemplate: { status: 422, exit: 65 },
  /** A signed link is not ours, altered or too old. */
  badLink: { status: 403, exit: 77 },
  /** A sealed secret cannot be opened with this SECRET_KEY. */
  cannotUnseal: { status: 500, exit: 78 },
} as const;

export type ErrorCode = keyof typeof TABLE;

/** Values that the sentence for people is filled with. Never a name, phone, mark or token. */
export type ErrorData = Record<string, string | number>;

/** A refusal that the hub raises on purpose. `message` is for the log; people read errors.<code> of the locales. */
export class HubError extends Error {
  readonly code: ErrorCode;
  readonly data: ErrorData;

  constructor(code: ErrorCode, data: ErrorData = {}, options?: { cause?: unknown }) {
    super(`${code}${Object.keys(data).length ? ` ${JSON.stringify(data)}` : ''}`, options);
    this.name = 'HubError';
    this.code = code;
    this.data = data;
  }

  get status(): number {
    return TABLE[this.code].status;
  }

  get exitCode(): number {
    return TABLE[this.code].exit;
  }
}

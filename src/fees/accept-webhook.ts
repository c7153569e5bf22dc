import { audit, type Sealer } from '../security/index.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { type BankService, isRecord, parseJson, type WebhookRequest } from './bank-told.ts';
import { casso } from './casso.ts';
import type { KeepEvent } from './keep-events.ts';
import { payos } from './payos.ts';
import { sepay } from './sepay.ts';

export const BANK_SERVICES: ReadonlyMap<string, BankService> = new Map(
  [sepay, casso, payos].map((service) => [service.name, service]),
);

export type WebhookResult =
  /** Kept, or known already. The service need not tell again. */
  | 'taken'
  /** Not from whoever knows the secret, or too old: nothing is kept. */
  | 'refused'
  /** Genuine, but nothing that we can read. */
  | 'unreadable';

/**
 * Takes what a bank service tells. The proof is looked at before anything else; what is taken is durable when this
 * returns, and worked on later (takePayments). The same id twice is one event.
 */
export async function acceptWebhook(
  db: PrismaClient,
  sealer: Sealer,
  keep: KeepEvent,
  serviceName: string,
  connectionId: string,
  request: WebhookRequest,
  now: Date,
): Promise<WebhookResult> {
  const service = BANK_SERVICES.get(serviceName);
  const connection = await db.bankConnection.findUnique({ where: { id: connectionId } });
  if (!service || !connection || connection.provider !== serviceName || connection.closedAt !== null)
    return 'refused';
  const secret = sealer.unseal(connection.sealedSecret, connection.id);
  if (!service.isGenuine(request, secret, connection.proof, now)) return 'refused';
  const payload = storable(parseJson(request.raw));
  const told = service.read(payload);
  if (!told) return 'unreadable';
  // With all its fields, also those that we do not know.
  const { externalId } = told;
  await keep({ schoolId: connection.schoolId, connectionId, externalId, payload, receivedAt: now });
  return 'taken';
}

/** Without what PostgreSQL's jsonb cannot hold (U+0000, halves of surrogate pairs): it would refuse the event for ever. */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '\ufffd');
  if (Array.isArray(value)) return value.map(storable);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [String(storable(key)), storable(one)]),
  );
}

export type NewConnection = {
  schoolId: string;
  provider: string;
  proof: string;
  secret: string;
  actor: string;
  at: Date;
};

/** Connects a bank service to a school. @returns its id, which is part of the webhook's address. */
export async function connectBank(
  db: PrismaClient,
  sealer: Sealer,
  { schoolId, provider, proof, secret, actor, at }: NewConnection,
): Promise<string> {
  return db.$transaction(async (tx) => {
    const { id } = await tx.bankConnection.create({
      data: { schoolId, provider, proof, sealedSecret: new Uint8Array(), createdAt: at },
    });
    await tx.bankConnection.update({ where: { id }, data: { sealedSecret: sealer.seal(secret, id) } });
    await audit(tx, {
      orgUnitId: schoolId,
      at,
      actor,
      action: 'bank.connect',
      subject: `bankConnection:${id}`,
      data: { provider },
    });
    return id;
  });
}

/** Where a service brings its events. */
export const bankWebhookPath = (provider: string, connectionId: string): string =>
  `/webhooks/bank/${provider}/${connectionId}`;

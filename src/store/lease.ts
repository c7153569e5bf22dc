import type pg from 'pg';

// Leases: who drains a lane or polls a bot now. All is judged by the database's clock, each in one statement, so
// neither a wrong clock of a worker nor two of them asking at once makes two owners.

type Queryable = Pick<pg.Pool, 'query'>;

/**
 * Takes the lease if it is free, run out, or already `owner`'s.
 * @param leaseMs how long it is held without being renewed; longer than the longest pause of the process.
 * @returns whether `owner` holds it now
 */
export async function acquireLease(
  db: Queryable,
  name: string,
  owner: string,
  leaseMs: number,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into lease (name, owner, until)
     values ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
     on conflict (name) do update set owner = excluded.owner, until = excluded.until
     where lease.owner = excluded.owner or lease.until <= clock_timestamp()`,
    [name, owner, leaseMs],
  );
  return rowCount === 1;
}

/**
 * Holds a lease longer.
 * @returns false when it is lost (it ran out, perhaps somebody else has it): stop the work that it covers.
 */
export async function renewLease(
  db: Queryable,
  name: string,
  owner: string,
  leaseMs: number,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update lease set until = clock_timestamp() + $3 * interval '1 millisecond'
     where name = $1 and owner = $2 and until > clock_timestamp()`,
    [name, owner, leaseMs],
  );
  return rowCount === 1;
}

/** How long a lease is still held, in ms; null when it is free. For who wants it next. */
export async function leaseLeftMs(db: Queryable, name: string): Promise<number | null> {
  const { rows } = await db.query<{ left: number }>(
    `select ceil(extract(epoch from until - clock_timestamp()) * 1000)::float8 as left
       from lease where name = $1 and until > clock_timestamp()`,
    [name],
  );
  return rows[0]?.left ?? null;
}

/** Gives a lease back; one that is lost is left alone. */
export async function releaseLease(db: Queryable, name: string, owner: string): Promise<void> {
  await db.query('delete from lease where name = $1 and owner = $2', [name, owner]);
}

/**
 * Frees all leases at once: at the start of a hub on the embedded database, where every earlier owner is dead, since
 * there is one hub per data folder. Never in a cluster.
 */
export async function clearLeases(db: Queryable): Promise<void> {
  await db.query('delete from lease');
}

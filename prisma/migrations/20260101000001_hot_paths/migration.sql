-- Written by hand: what a Prisma schema cannot say. Comes after the generated init migration.

-- The audit trail is append-only, also for this program.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end
$$;

create trigger audit_entry_append_only
  before update or delete or truncate on audit_entry
  for each statement execute function refuse_change();

-- What was said must be shown again as it was: a change of a template is a new version.
create trigger message_template_append_only
  before update or delete or truncate on message_template
  for each statement execute function refuse_change();
create unique index message_template_version on message_template
  (coalesce(school_id::text, ''), kind, language, coalesce(channel, ''), version);

create trigger consent_act_append_only
  before update or delete or truncate on consent_act
  for each statement execute function refuse_change();

-- Minutes since midnight at school: Vietnam is UTC+7 all year.
create function school_minute(at timestamptz) returns int language sql immutable parallel safe
return mod(floor(extract(epoch from at) / 60)::bigint + 420, 1440)::int;

-- Quiet hours: the same rule as src/time/hours.ts (a property test holds them together). One expression, so that the
-- planner inlines it: as a call per row it was half the cost of a fan-out.
create function hold_until(at timestamptz, from_min int, to_min int) returns timestamptz language sql immutable parallel safe
return case
  when (from_min <= to_min and school_minute(at) >= from_min and school_minute(at) < to_min)
    or (from_min > to_min and (school_minute(at) >= from_min or school_minute(at) < to_min))
  then to_timestamp(floor(extract(epoch from at) / 60) * 60 + mod(to_min - school_minute(at) + 1440, 1440) * 60)
  else at end;

-- A state that the table in src/outbox/states.ts does not know is a bug; so is an outcome without its reason.
alter table delivery add constraint delivery_state check (state in
  ('pending', 'sending', 'sent', 'delivered', 'seen', 'confirmed', 'failed', 'expired', 'cancelled'));
alter table recipient add constraint recipient_outcome check (
  (outcome = 'notReached' and reason is not null) or (outcome in ('waiting', 'reached') and reason is null));

-- What a lane's owner takes next: by priority, then school by school, then by due time.
create index delivery_due on delivery (account_id, priority, school_id, due_at, id) where state = 'pending';
-- What a dead owner left.
create index delivery_sending on delivery (account_id) where state = 'sending';
-- Whether a notice has something under way.
create index delivery_live on delivery (notice_id) where state in ('pending', 'sending');
create index notice_open on notice (id) where finished_at is null;
create index inbound_waiting on inbound_update (account_id, chat_key, id) where handled_at is null;
create index contact_active on contact (guardian_id, position, created_at) where state = 'active';
create index link_code_pupil on link_code (pupil_id) where used_at is null and revoked_at is null;

-- No index of recipient knows its outcome, and its pages keep some room: so a change of outcome stays in its page.
alter table recipient set (fillfactor = 50);
-- Both tables change every row a few times: let the clean-up begin early.
alter table delivery set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1);
alter table recipient set (autovacuum_vacuum_scale_factor = 0.05);

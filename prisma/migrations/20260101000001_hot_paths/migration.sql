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

create trigger consent_act_append_only
  before update or delete or truncate on consent_act
  for each statement execute function refuse_change();

-- What operators changed: who, when, on which node, what, and why. Rows are added and completed, never taken back; age removes them
-- (docs/operations.md). key: whoever repeats a request with it makes no second change.
create table postevent_inbox.operation (
    id bigint generated always as identity primary key,
    application text not null,
    subscription text not null,
    action text not null check (action in ('retry', 'skip', 'pause', 'resume', 'replay')),
    what text not null,                    -- for a person: position 4711, or a filter
    operator text not null,
    reason text not null,
    key text,
    node text not null,
    began_at timestamptz not null default pg_catalog.clock_timestamp(),
    ended_at timestamptz,                  -- null: it is under way, or broke off, and goes on where it is asked for with its key
    changed bigint not null default 0,     -- events, or 1
    unique (application, key)
);
create index operation_by_subscription on postevent_inbox.operation (application, subscription, id);

-- To find what is held by type; null: it was put aside by an earlier build.
alter table postevent_inbox.held_event add column type text;

do $$
declare
    -- as of the other tables of an application, see inbox-008.sql
    ours constant text := 'application in (select a.name from postevent_inbox.application a where a.login = current_user'
        ' or exists (select from pg_catalog.pg_roles r where r.rolname = a.login and pg_catalog.pg_has_role(r.oid, ''usage'')))';
    path constant text := pg_catalog.current_setting('search_path');
begin
    perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    alter table postevent_inbox.operation enable row level security;
    create policy seen on postevent_inbox.operation for select using (true);
    execute pg_catalog.format('create policy added on postevent_inbox.operation for insert with check (%s)', ours);
    execute pg_catalog.format(
        'create policy changed on postevent_inbox.operation for update using (%s) with check (%s)', ours, ours);
    execute pg_catalog.format('create policy removed on postevent_inbox.operation for delete using (%s)', ours);
    perform pg_catalog.set_config('search_path', path, true);
end $$;

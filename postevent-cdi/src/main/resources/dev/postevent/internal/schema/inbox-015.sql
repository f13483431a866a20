-- What the attempts of a held event failed of: the first, and the newest of those after it, at most one row for each place. They go with
-- the row of the event. An application's own: its login alone reads them, because a stack may tell more than a cause does.
create table postevent_inbox.attempt (
    application text not null,
    subscription text not null,
    idn bigint not null,
    place smallint not null check (place between 0 and 19), -- 0: the first; the others take turns in the rest
    nth integer not null,                  -- of all that failed since the event is held, from 1 on
    number integer not null,               -- as the observer was told; begins anew with each retry of an operator
    failed_at timestamptz not null,
    node text not null,
    took_micros bigint not null,           -- 0: nobody knows
    cause text not null,
    stack text,                            -- null: its node was lost
    primary key (application, subscription, idn, place),
    foreign key (application, subscription, idn) references postevent_inbox.held_event (application, subscription, idn)
        on delete cascade on update cascade
);

do $$
declare
    -- as of the other tables of an application, see inbox-008.sql
    ours constant text := 'application in (select a.name from postevent_inbox.application a where a.login = current_user'
        ' or exists (select from pg_catalog.pg_roles r where r.rolname = a.login and pg_catalog.pg_has_role(r.oid, ''usage'')))';
    path constant text := pg_catalog.current_setting('search_path');
begin
    perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    alter table postevent_inbox.attempt enable row level security;
    execute pg_catalog.format('create policy seen on postevent_inbox.attempt for select using (%s)', ours);
    execute pg_catalog.format('create policy added on postevent_inbox.attempt for insert with check (%s)', ours);
    execute pg_catalog.format(
        'create policy changed on postevent_inbox.attempt for update using (%s) with check (%s)', ours, ours);
    execute pg_catalog.format('create policy removed on postevent_inbox.attempt for delete using (%s)', ours);
    perform pg_catalog.set_config('search_path', path, true);
end $$;

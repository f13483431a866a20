-- The rows of an application are changed by its own login alone; all may read them, because what is handled, held and read directly is
-- asked for all. The owner of the tables and superusers are not bound by this.

-- Whose login an application's is: of the first one that comes, unless the owner says so before. Several logins: a role they have.
create table postevent_inbox.application (
    name text primary key,
    login name not null default current_user
);

alter table postevent_inbox.application enable row level security;
create policy seen on postevent_inbox.application for select using (true);
create policy added on postevent_inbox.application for insert with check (login = current_user);

do $$
declare
    rows_of text;
    -- a subquery, evaluated once per statement; of the row's own columns nothing but an equality, so that indexes are used as before
    ours constant text := 'application in (select a.name from postevent_inbox.application a where a.login = current_user'
        ' or exists (select from pg_catalog.pg_roles r where r.rolname = a.login and pg_catalog.pg_has_role(r.oid, ''usage'')))';
    -- what was stored before rows belonged to an application
    nobodys constant text := '(application = '''' or ' || ours || ')';
    path constant text := pg_catalog.current_setting('search_path');
begin
    perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    foreach rows_of in array array['subscription', 'lane', 'lease', 'held_event', 'member', 'direct_reader'] loop
        execute pg_catalog.format('alter table postevent_inbox.%I enable row level security', rows_of);
        execute pg_catalog.format('create policy seen on postevent_inbox.%I for select using (true)', rows_of);
        execute pg_catalog.format('create policy added on postevent_inbox.%I for insert with check (%s)', rows_of, ours);
        if rows_of <> 'lane' then
            execute pg_catalog.format(
                'create policy changed on postevent_inbox.%I for update using (%s) with check (%s)', rows_of,
                case rows_of when 'subscription' then nobodys else ours end, ours);
            execute pg_catalog.format(
                'create policy removed on postevent_inbox.%I for delete using (%s)', rows_of,
                case rows_of when 'direct_reader' then nobodys else ours end);
        end if;
    end loop;
    perform pg_catalog.set_config('search_path', path, true);
end $$;

-- Each transaction that handles events moves a cursor: there a subquery would cost too much. So a lane has the login of its application,
-- put there by these triggers; null where nobody has claimed that. No login may change which application a lane is of.
alter table postevent_inbox.lane add column login regrole;
create policy changed on postevent_inbox.lane for update using (pg_catalog.pg_has_role(login, 'usage'));

create function postevent_inbox.lane_login() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    new.login := (select r.oid from postevent_inbox.application a join pg_roles r on r.rolname = a.login
                   where a.name = new.application);
    return new;
end $$;
create trigger login before insert or update of application, login on postevent_inbox.lane
    for each row execute function postevent_inbox.lane_login();

create function postevent_inbox.application_login() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    update postevent_inbox.lane l set login = null where l.application = new.name; -- which the trigger above puts right
    return null;
end $$;
create trigger login after insert or update on postevent_inbox.application
    for each row execute function postevent_inbox.application_login();

revoke all on function postevent_inbox.lane_login(), postevent_inbox.application_login() from public;

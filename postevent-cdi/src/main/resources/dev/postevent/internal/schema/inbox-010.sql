-- A lane has its login by name, as its application has: a role that was dropped and made again finds its lanes, and a dump is restored
-- where the role is not there yet.
drop policy changed on postevent_inbox.lane;
drop trigger login on postevent_inbox.lane;
alter table postevent_inbox.lane drop column login;
alter table postevent_inbox.lane add column login name;

create or replace function postevent_inbox.lane_login() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    new.login := (select a.login from postevent_inbox.application a where a.name = new.application);
    return new;
end $$;
create trigger login before insert or update of application, login on postevent_inbox.lane
    for each row execute function postevent_inbox.lane_login();

-- no subquery, and no error where the role is gone: then the lane is nobody's
create policy changed on postevent_inbox.lane for update
    using (login = current_user or pg_catalog.pg_has_role(pg_catalog.to_regrole(pg_catalog.quote_ident(login)), 'usage'));

update postevent_inbox.lane set login = null; -- which the trigger above puts right

-- No transaction that a login leaves open, in which it called one of the functions of outbox-004.sql, keeps reads of a topic waiting;
-- what is known of a topic is believed of its own table only; how many consumers a login may name is the owner's to say; and what the
-- functions refuse has a SQLSTATE of its own, because 42501 is what a login gets that may not call them:
--   PEV01  the name of a consumer is none: it is empty, too long, or has a slash, which ends the principal
--   PEV02  the mark of a consumer is negative or above the head
--   PEV03  the mark of that consumer is reported by another login
--   PEV04  the positions to be sealed were not drawn

-- The table that "settled" is true of. A table that was dropped and made anew under its name has another one.
alter table postevent_internal.settled add column source_table oid;
update postevent_internal.settled s
   set source_table = pg_catalog.to_regclass(pg_catalog.format('postevent.%I', s.topic))::oid;

-- Most consumers whose marks one login may report of one topic; each is kept until somebody deletes it.
create table postevent_internal.consumer_limit (
    only_row boolean primary key default true check (only_row),
    per_login integer not null default 10000 check (per_login >= 0)
);
insert into postevent_internal.consumer_limit default values;

-- What is moved so that a commit has something to flush.
create sequence postevent_internal.flushed;

-- How far a topic is, and what is known of it that is true of the table it has. No row can be settled above the last one that is there or
-- was removed: if more is recorded, it is of a table that is there no more. Of a table with another oid, which may have been made from a
-- dump, only what was removed is believed.
create function postevent_internal.known(of_topic text, out head bigint, out settled bigint, out gone bigint)
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
    as $$
declare
    recorded_of oid;
begin
    -- in one statement, and so of one snapshot: between two, an event and what is settled of it may come
    execute format(
        'select coalesce((select max(t.idn) from postevent.%I t), 0), coalesce(s.settled, 0), coalesce(s.gone, 0), s.source_table'
            ' from (select) one left join postevent_internal.settled s on s.topic = $1', of_topic)
        into head, settled, gone, recorded_of using of_topic;
    if settled > greatest(head, gone) then
        settled := 0;
        gone := 0;
    elsif recorded_of is distinct from format('postevent.%I', of_topic)::regclass then
        settled := gone;
    end if;
end $$;
revoke all on function postevent_internal.known(text) from public;

-- As before, but of "gone" of this table.
create or replace function postevent_internal.seal(of_topic text, positions bigint[]) returns integer
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
    as $$
declare
    known constant record := postevent_internal.known(of_topic);
    sealed integer;
begin
    if exists (select from unnest(positions) p where p is null or p < 1 or p > known.head) then
        raise exception 'positions of % that were not drawn are not sealed; its last row is at %', of_topic, known.head
              using errcode = 'PEV04';
    end if;
    -- no conflict target: two sealers at once may collide on the second unique key, which a target would not cover
    execute format(
        'insert into postevent.%I (idn, kind, id, source, type) overriding system value'
            ' select g, ''v'', ''void-'' || g, ''urn:postevent:void'', ''postevent.void'' from unnest($1) g'
            ' where g > $2 order by g on conflict do nothing', of_topic)
        using positions, known.gone;
    get diagnostics sealed = row_count;
    return sealed;
end $$;

-- As before, but false, and soon, where somebody else has the row or has just changed it: whoever reads next tries again. The row is
-- locked before anything is counted, so that however much there is to be raised by then, it costs nothing as long as that lasts.
create or replace function postevent_internal.raise_settled(of_topic text, after bigint, through bigint) returns boolean
    language plpgsql volatile security definer
    set lock_timeout = '200ms'
    set search_path = pg_catalog, pg_temp
    as $$
declare
    before postevent_internal.settled;
    known record;
    there bigint;
begin
    select s.* into before from postevent_internal.settled s where s.topic = of_topic for no key update;
    known := postevent_internal.known(of_topic);
    if through <= known.settled or after > known.settled then
        return false;
    end if;
    execute format('select count(*) from postevent.%I t where t.idn > $1 and t.idn <= $2', of_topic)
       into there using known.settled, through;
    if there <> through - known.settled then
        return false;
    end if;
    insert into postevent_internal.settled as s (topic, settled, gone, source_table)
        values (of_topic, through, known.gone, format('postevent.%I', of_topic)::regclass)
        on conflict on constraint settled_pkey
        do update set settled = excluded.settled, gone = excluded.gone, source_table = excluded.source_table
        -- of another table, and as it was found; or of this one, and lower
        where (s.settled, s.gone, s.source_table) is not distinct from (before.settled, before.gone, before.source_table)
           or (s.source_table = excluded.source_table and s.gone = excluded.gone
               and s.settled < excluded.settled and s.settled >= known.settled);
    return found;
exception when lock_not_available or serialization_failure then
    return false;
end $$;

-- As before, but locks no row: a sequence has none that a transaction keeps, and moving it is written to the WAL, so that the commit is
-- waited for. (A logical message would do so, too, and be sent to every slot that asks for messages.)
create or replace function postevent_internal.touch(of_topic text) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    perform setval('postevent_internal.flushed', 1);
end $$;

-- The mark of a consumer in another application. The last word counts, also a smaller one: a consumer that began anew needs the whole
-- history again. A name has no slash, so the principal is what is before the last one. Reports at the same instant may go a little over
-- the limits of names, which are there to bound the table and not to count: "names_max" is the caller's, for each of its principals, the
-- other one is the owner's. False, if there are so many. Whose it is, is decided where the row is changed, under its lock.
create or replace function postevent_internal.report_mark(
        of_topic text, principal text, named text, reported bigint, names_max integer)
    returns boolean
    language plpgsql volatile security definer
    set lock_timeout = '200ms'
    set search_path = pg_catalog, pg_temp
    as $$
declare
    who constant text := principal || '/' || named;
    known constant record := postevent_internal.known(of_topic);
begin
    if principal = '' or named = '' or position('/' in named) > 0 or coalesce(octet_length(who), 0) not between 1 and 2000 then
        raise exception 'the name of a consumer of % is empty, too long, or has a slash', of_topic using errcode = 'PEV01';
    end if;
    if coalesce(reported, -1) < 0 or reported > greatest(known.head, known.settled) then
        raise exception 'a mark of % is not above its head, which is %', of_topic, greatest(known.head, known.settled)
              using errcode = 'PEV02';
    end if;
    insert into postevent_internal.consumer as c (topic, consumer, mark, reported_by)
        select of_topic, who, reported, session_user
         where exists (select from postevent_internal.consumer o where o.topic = of_topic and o.consumer = who)
            or (select count(*) from postevent_internal.consumer o
                 where o.topic = of_topic and left(o.consumer, -strpos(reverse(o.consumer), '/')) = principal) < names_max
               and (select count(*) from postevent_internal.consumer o
                     where o.topic = of_topic and o.reported_by = session_user)
                   < (select l.per_login from postevent_internal.consumer_limit l)
        on conflict on constraint consumer_pkey
        do update set mark = excluded.mark, seen_at = now(), reported_by = excluded.reported_by
        -- nobody's, or of a role that is gone, or that this login is a member of; current_user: the owner of the tables
        where c.reported_by is null or c.reported_by = session_user or pg_has_role(session_user, current_user, 'member')
           or not exists (select from pg_roles r
                           where r.rolname = c.reported_by and not pg_has_role(session_user, r.oid, 'member'));
    if found then
        return true;
    end if;
    if exists (select from postevent_internal.consumer c where c.topic = of_topic and c.consumer = who) then
        raise exception 'the mark of consumer % of % is reported by another login', who, of_topic
              using errcode = 'PEV03',
                    hint = 'Make this login a member of that role, or set reported_by in postevent_internal.consumer to null.';
    end if;
    return false;
end $$;

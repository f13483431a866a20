-- What logins that read topics may do to them and to what is known about them: call these, which check what they are told, as the owner of
-- the tables, who ran this. No right on the tables but to read is needed for it.

-- Which login reported it last: no other login may, unless it is a member of that role, or the role is gone. Null: any.
alter table postevent_internal.consumer add column reported_by name;

-- Puts tombstones at those of the positions that have no row. Never above the last row: what was not drawn yet is somebody's who comes.
create function postevent_internal.seal(of_topic text, positions bigint[]) returns integer
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
    as $$
declare
    head bigint;
    sealed integer;
begin
    execute format('select coalesce(max(t.idn), 0) from postevent.%I t', of_topic) into head;
    if exists (select from unnest(positions) p where p is null or p < 1 or p > head) then
        raise exception 'positions of % that were not drawn are not sealed; its last row is at %', of_topic, head
              using errcode = 'insufficient_privilege';
    end if;
    -- no conflict target: two sealers at once may collide on the second unique key, which a target would not cover
    execute format(
        'insert into postevent.%I (idn, kind, id, source, type) overriding system value'
            ' select g, ''v'', ''void-'' || g, ''urn:postevent:void'', ''postevent.void'' from unnest($1) g'
            ' where g > coalesce((select s.gone from postevent_internal.settled s where s.topic = $2), 0)'
            ' order by g on conflict do nothing', of_topic)
        using positions, of_topic;
    get diagnostics sealed = row_count;
    return sealed;
end $$;

-- Records that all through a position have a row, if that is so, and what is known reaches up to "after" at least. Never lowers it.
create function postevent_internal.raise_settled(of_topic text, after bigint, through bigint) returns boolean
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
    as $$
declare
    known constant bigint := coalesce((select s.settled from postevent_internal.settled s where s.topic = of_topic), 0);
    there bigint;
begin
    if through <= known or after > known then
        return false;
    end if;
    execute format('select count(*) from postevent.%I t where t.idn > $1 and t.idn <= $2', of_topic)
       into there using known, through;
    if there <> through - known then
        return false;
    end if;
    insert into postevent_internal.settled as s (topic, settled) values (of_topic, through)
        on conflict on constraint settled_pkey do update set settled = excluded.settled
        where s.settled < excluded.settled and s.settled >= known;
    return found;
end $$;

-- Changes nothing, but makes the commit of the transaction one that is waited for: it flushes all WAL before it.
create function postevent_internal.touch(of_topic text) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    insert into postevent_internal.settled as s (topic)
        select of_topic where to_regclass(format('postevent.%I', of_topic)) is not null
        on conflict on constraint settled_pkey do update set settled = s.settled;
end $$;

-- The mark of a consumer in another application. The last word counts, also a smaller one: a consumer that began anew needs the whole
-- history again. A name has no slash, so the principal is what is before the last one. Reports at the same instant may go a little over
-- the limit of names, which is there to bound the table and not to count: false, if the principal has so many.
create function postevent_internal.report_mark(of_topic text, principal text, named text, reported bigint, names_max integer)
    returns boolean
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
    as $$
declare
    who constant text := principal || '/' || named;
    head bigint;
begin
    execute format('select coalesce(max(t.idn), 0) from postevent.%I t', of_topic) into head;
    head := greatest(head, (select s.settled from postevent_internal.settled s where s.topic = of_topic));
    if reported < 0 or reported > head then
        raise exception 'a mark of % is not above its head, which is %', of_topic, head
              using errcode = 'insufficient_privilege';
    end if;
    -- current_user: the owner of the tables
    if exists (select from postevent_internal.consumer c join pg_roles r on r.rolname = c.reported_by
                where c.topic = of_topic and c.consumer = who
                  and not pg_has_role(session_user, r.oid, 'member') and not pg_has_role(session_user, current_user, 'member')) then
        raise exception 'the mark of consumer % of % is reported by another login', who, of_topic
              using errcode = 'insufficient_privilege',
                    hint = 'Make this login a member of that role, or set reported_by in postevent_internal.consumer to null.';
    end if;
    insert into postevent_internal.consumer as c (topic, consumer, mark, reported_by)
        select of_topic, who, reported, session_user
         where exists (select from postevent_internal.consumer o where o.topic = of_topic and o.consumer = who)
            or (select count(*) from postevent_internal.consumer o
                 where o.topic = of_topic and left(o.consumer, -strpos(reverse(o.consumer), '/')) = principal) < names_max
        on conflict on constraint consumer_pkey
        do update set mark = excluded.mark, seen_at = now(), reported_by = excluded.reported_by;
    return found;
end $$;

revoke all on function
       postevent_internal.seal(text, bigint[]), postevent_internal.raise_settled(text, bigint, bigint),
       postevent_internal.touch(text), postevent_internal.report_mark(text, text, text, bigint, integer)
  from public;

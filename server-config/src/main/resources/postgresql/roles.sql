-- Roles of least privilege for postevent. Run it as the owner of postevent's tables, who may CREATE ROLE: after the DDL
-- (postevent.schema=validate for the applications from then on), and again after each new topic. Running it twice does no harm.
--
-- The four are roles to be granted to the logins of applications:
--   postevent_publisher    adds events; cannot choose a position, nor change or delete anything
--   postevent_sealer       reads topics and seals positions that were rolled back; catch-up, polling and the gRPC server need it
--   postevent_consumer     inbox of the applications that observe; what an application has handled and holds, its own login changes
--   postevent_replication  for the login that streams, which needs the attribute REPLICATION besides
--
--   create role shop login password '...' in role postevent_publisher, postevent_sealer, postevent_consumer;
--   create role shop_feed login replication password '...' in role postevent_replication;
--   create publication postevent_shop for table postevent.orders with (publish = 'insert');
--
-- with postevent.feed.user=shop_feed in the application shop. The publication is made by the owner of the tables, because only
-- an owner may. REPLICATION is given by a superuser.
--
-- The roles are the cluster's, and rights are a database's: a login that has one of them has it in all databases of the cluster
-- where this was run and to which it may connect. Where another owner made the roles before, a superuser lets this one give them
-- to logins:  grant postevent_publisher, postevent_sealer, postevent_consumer to <owner> with admin option;

do $$
declare
    name text;
begin
    perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    foreach name in array array['postevent_publisher', 'postevent_sealer', 'postevent_consumer', 'postevent_replication'] loop
        begin
            execute pg_catalog.format('create role %I nologin', name);
        exception when duplicate_object or unique_violation then
            null; -- made before, or by somebody else at this moment
        end;
    end loop;
end $$;

grant usage on schema postevent, postevent_internal
   to postevent_publisher, postevent_sealer, postevent_consumer, postevent_replication;
grant select on postevent_internal.schema_version
   to postevent_publisher, postevent_sealer, postevent_consumer, postevent_replication;

-- topics: whatever of these tables is a topic has a column idn
do $$
declare
    topic regclass;
begin
    perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    for topic in
        select c.oid::regclass
          from pg_catalog.pg_class c
          join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'idn'
         where c.relnamespace = 'postevent'::regnamespace and c.relkind in ('r', 'p')
    loop
        execute pg_catalog.format(
            'grant insert (id, source, type, datacontenttype, dataschema, subject, data, time, traceparent, extensions),'
                ' select (idn) on %s to postevent_publisher', topic);
        execute pg_catalog.format('grant select on %s to postevent_sealer', topic);
        execute pg_catalog.format('revoke insert on %s from postevent_sealer', topic); -- as it was before there were functions
        -- to see at the start that the sequence was carried over with the table
        if pg_catalog.pg_get_serial_sequence(topic::text, 'idn') is not null then
            execute pg_catalog.format('grant select on sequence %s to postevent_publisher, postevent_sealer',
                pg_catalog.pg_get_serial_sequence(topic::text, 'idn'));
        end if;
    end loop;
end $$;

-- what a topic's table that is older than topic-006.sql asks of each row: there nothing can be inserted without it
grant execute on function
      postevent_internal.check_event("char", text, text, text, text, text, text, bytea, timestamptz, text, jsonb)
   to postevent_publisher;

-- whoever seals calls functions that check what they are told, and writes to no table
grant select on postevent_internal.settled, postevent_internal.consumer to postevent_sealer;
revoke insert, update on postevent_internal.settled, postevent_internal.consumer from postevent_sealer;
grant execute on function
      postevent_internal.seal(text, bigint[]), postevent_internal.raise_settled(text, bigint, bigint),
      postevent_internal.touch(text), postevent_internal.report_mark(text, text, text, bigint, integer)
   to postevent_sealer;
-- so that health can name who holds a position open: pid and application of each, and no more of sessions of other logins than the
-- owner of the tables may see. A superuser may let health say their state and age, too, by giving the owner, and nobody else, that
-- right:  grant pg_read_all_stats to <owner>;
grant execute on function postevent_internal.holders(text) to postevent_sealer;

do $$
begin
    if pg_catalog.to_regnamespace('postevent_inbox') is not null then
        grant usage on schema postevent_inbox to postevent_consumer;
        revoke all on all tables in schema postevent_inbox from postevent_consumer;
        -- of all applications that have this inbox
        grant select, insert on postevent_inbox.messages to postevent_consumer;
        grant select, insert, update on postevent_inbox.high_water_mark, postevent_inbox.origin to postevent_consumer;
        -- an application's own, by row security
        grant select, insert (name) on postevent_inbox.application to postevent_consumer;
        grant select, insert, update, delete on postevent_inbox.subscription to postevent_consumer;
        grant select, insert, update on postevent_inbox.lease to postevent_consumer;
        -- not to which application it belongs
        grant select, insert (application, subscription, lane),
              update (cursor, owner, epoch, expires, moves, deaths, trying_idn, trying_epoch, trying_life,
                      called_idns, called_through, careful, careful_through)
           on postevent_inbox.lane to postevent_consumer;
        grant select, insert, update, delete
           on postevent_inbox.held_event, postevent_inbox.member, postevent_inbox.direct_reader
           to postevent_consumer;
        -- its rows go with those of held_event
        grant select, insert, update (nth, number, failed_at, node, took_micros, cause, stack)
           on postevent_inbox.attempt to postevent_consumer;
        -- what operators did is added and counted; who may forget it, by age, is the owner's to say
        grant select, insert, update (changed, ended_at) on postevent_inbox.operation to postevent_consumer;
    end if;
end $$;

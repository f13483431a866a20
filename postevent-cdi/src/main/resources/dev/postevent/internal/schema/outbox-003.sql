-- Who holds positions of a topic open: sessions and prepared transactions that have written to its table and not ended, and of these no
-- more than health says. It sees what its owner may see, who ran this: pid and name of every session; state and age of sessions of
-- roles that it is a member of, or of all with pg_read_all_stats, which a superuser may grant it, and it alone.
create function postevent_internal.holders(of_topic text)
    returns table (virtualtransaction text, pid integer, application text, state text, since timestamptz,
                   gid text, prepared timestamptz)
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
    as $$
        with topic as (
            select c.oid from pg_class c where c.relname = of_topic and c.relnamespace = 'postevent'::regnamespace
        )
        select l.virtualtransaction, l.pid, a.application_name, a.state, a.xact_start, p.gid, p.prepared
          from pg_locks l
          left join pg_stat_activity a on a.pid = l.pid
          left join pg_locks x on x.locktype = 'transactionid' and x.mode = 'ExclusiveLock' and x.granted
               and x.virtualtransaction = l.virtualtransaction and x.pid is not distinct from l.pid
          left join pg_prepared_xacts p on l.pid is null and p.transaction = x.transactionid
         where l.locktype = 'relation' and l.granted and l.mode = 'RowExclusiveLock'
           and l.database = (select d.oid from pg_database d where d.datname = current_database())
           and l.relation in (select t.oid from topic t
                              union select n.relid from topic t cross join lateral pg_partition_tree(t.oid) n)
    $$;
revoke all on function postevent_internal.holders(text) from public;

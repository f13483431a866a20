-- What holds for every row of a topic's table, as before (outbox-006.sql), in a form that costs less: it is called for each event, and
-- what it says is made ready anew in each transaction. So one short expression decides about an ordinary event, and no setting is
-- changed for the call: functions and types are named with their schema instead.
create or replace function postevent_internal.check_event(
    kind "char", id text, source text, type text, datacontenttype text, dataschema text, subject text, data bytea,
    "time" timestamptz, traceparent text, extensions jsonb) returns boolean
    language plpgsql immutable
    as $$
declare
    wrong pg_catalog.text;
begin
    -- 16 kB of text may be compressed, to less than a 255th of what it is: 10 MiB of data and 4 MiB are within the limit below
    if kind = 'e' and extensions is null
       and ("time" >= '0001-01-01 00:00:00+00' and "time" < '10000-01-01 00:00:00+00') is not false
       and (pg_catalog.octet_length(data) > 10485760) is not true
       and pg_catalog.pg_column_size(row(id, source, type, datacontenttype, dataschema, subject, traceparent)) <= 16384 then
        return true;
    end if;
    wrong := case
        when kind not in ('e', 'v') then
            'kind is neither e (an event) nor v (a void)'
        -- RFC 3339, and with it CloudEvents, knows no other years and no infinity
        when "time" < '0001-01-01 00:00:00+00' or "time" >= '10000-01-01 00:00:00+00' then
            'time is not in the years 1 to 9999'
        when extensions is not null
             and (pg_catalog.jsonb_typeof(extensions) <> 'object' or pg_catalog.octet_length(extensions::pg_catalog.text) > 1048576) then
            'extensions are not a JSON object of at most 1 MiB'
        -- a message to another application carries 16 MiB, unless that application takes more: this, 1 MiB of extensions, and what the
        -- wire adds to them, which is less than they are
        when pg_catalog.octet_length(id)::pg_catalog.int8 + pg_catalog.octet_length(source) + pg_catalog.octet_length(type)
             + coalesce(pg_catalog.octet_length(datacontenttype), 0) + coalesce(pg_catalog.octet_length(dataschema), 0)
             + coalesce(pg_catalog.octet_length(subject), 0) + coalesce(pg_catalog.octet_length(traceparent), 0)
             + coalesce(pg_catalog.octet_length(data), 0) > 14680064 then
            'the columns of the event are larger than 14 MiB together, without its extensions'
        end;
    if wrong is not null then
        raise check_violation
            using message = wrong,
                  detail = pg_catalog.format('The event has id %s and source %s.',
                                             pg_catalog.left(id, 200), pg_catalog.left(source, 200));
    end if;
    return true;
end $$;

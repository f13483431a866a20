-- What holds for every row of a topic's table, as before (outbox-007.sql), as a trigger (topic-006.sql): PostgreSQL reads a CHECK anew
-- for each statement that writes a row, a trigger once for each session. Tables that are not brought up to date yet still call the
-- function of outbox-007.sql.
create function postevent_internal.check_row() returns trigger
    language plpgsql
    as $$
declare
    wrong pg_catalog.text;
begin
    -- 16 kB of text may be compressed, to less than a 255th of what it is: 10 MiB of data and 4 MiB are within the limit below
    if new.kind = 'e' and new.extensions is null
       and (new."time" >= '0001-01-01 00:00:00+00' and new."time" < '10000-01-01 00:00:00+00') is not false
       and (pg_catalog.octet_length(new.data) > 10485760) is not true
       and pg_catalog.pg_column_size(row(new.id, new.source, new.type, new.datacontenttype, new.dataschema, new.subject,
                                         new.traceparent)) <= 16384 then
        return new;
    end if;
    wrong := case
        when new.kind not in ('e', 'v') then
            'kind is neither e (an event) nor v (a void)'
        -- RFC 3339, and with it CloudEvents, knows no other years and no infinity
        when new."time" < '0001-01-01 00:00:00+00' or new."time" >= '10000-01-01 00:00:00+00' then
            'time is not in the years 1 to 9999'
        when new.extensions is not null
             and (pg_catalog.jsonb_typeof(new.extensions) <> 'object'
                  or pg_catalog.octet_length(new.extensions::pg_catalog.text) > 1048576) then
            'extensions are not a JSON object of at most 1 MiB'
        -- a message to another application carries 16 MiB, unless that application takes more: this, 1 MiB of extensions, and what the
        -- wire adds to them, which is less than they are
        when pg_catalog.octet_length(new.id)::pg_catalog.int8 + pg_catalog.octet_length(new.source) + pg_catalog.octet_length(new.type)
             + coalesce(pg_catalog.octet_length(new.datacontenttype), 0) + coalesce(pg_catalog.octet_length(new.dataschema), 0)
             + coalesce(pg_catalog.octet_length(new.subject), 0) + coalesce(pg_catalog.octet_length(new.traceparent), 0)
             + coalesce(pg_catalog.octet_length(new.data), 0) > 14680064 then
            'the columns of the event are larger than 14 MiB together, without its extensions'
        end;
    if wrong is not null then
        raise check_violation
            using message = wrong,
                  detail = pg_catalog.format('The event has id %s and source %s.',
                                             pg_catalog.left(new.id, 200), pg_catalog.left(new.source, 200));
    end if;
    return new;
end $$;

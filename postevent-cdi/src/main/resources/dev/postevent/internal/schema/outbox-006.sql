-- What holds for every row of a topic's table, as one function. PostgreSQL reads the expressions of a table's checks anew for each
-- statement, about a microsecond for each column, constant and operator in them, and the expression of a call is short.
create function postevent_internal.check_event(
    kind "char", id text, source text, type text, datacontenttype text, dataschema text, subject text, data bytea,
    "time" timestamptz, traceparent text, extensions jsonb) returns boolean
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
    as $$
declare
    wrong constant text := case
        when kind not in ('e', 'v') then
            'kind is neither e (an event) nor v (a void)'
        -- RFC 3339, and with it CloudEvents, knows no other years and no infinity
        when "time" < '0001-01-01 00:00:00+00' or "time" >= '10000-01-01 00:00:00+00' then
            'time is not in the years 1 to 9999'
        when extensions is not null and (jsonb_typeof(extensions) <> 'object' or octet_length(extensions::text) > 1048576) then
            'extensions are not a JSON object of at most 1 MiB'
        -- a message to another application carries 16 MiB, unless that application takes more: this, 1 MiB of extensions, and what the
        -- wire adds to them, which is less than they are
        when octet_length(id)::bigint + octet_length(source) + octet_length(type)
             + coalesce(octet_length(datacontenttype), 0) + coalesce(octet_length(dataschema), 0)
             + coalesce(octet_length(subject), 0) + coalesce(octet_length(traceparent), 0)
             + coalesce(octet_length(data), 0) > 14680064 then
            'the columns of the event are larger than 14 MiB together, without its extensions'
        end;
begin
    if wrong is not null then
        raise check_violation
            using message = wrong, detail = format('The event has id %s and source %s.', left(id, 200), left(source, 200));
    end if;
    return true;
end $$;
-- whoever inserts a row calls it
grant execute on function
      postevent_internal.check_event("char", text, text, text, text, text, text, bytea, timestamptz, text, jsonb)
   to public;

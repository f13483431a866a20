-- No row is larger than what a message to another application carries, which is 16 MiB unless that application takes more: 14 MiB here,
-- 1 MiB of extensions (topic-003.sql), and what the wire adds to them, which is less than they are. "not valid" leaves rows alone that are
-- there already; remote consumers that such a row is too large for stop there, and name it.
alter table postevent."${topic}"
    add constraint "${topic}_size_check"
    check (pg_catalog.octet_length(id)::bigint + pg_catalog.octet_length(source) + pg_catalog.octet_length(type)
           + coalesce(pg_catalog.octet_length(datacontenttype), 0) + coalesce(pg_catalog.octet_length(dataschema), 0)
           + coalesce(pg_catalog.octet_length(subject), 0) + coalesce(pg_catalog.octet_length(traceparent), 0)
           + coalesce(pg_catalog.octet_length(data), 0) <= 14680064) not valid;

-- Extensions that are attributes, of a size that everybody can carry. "not valid" leaves rows alone that are there already; such a row
-- is delivered as it is, and is parked where it is no event.
alter table postevent."${topic}"
    add constraint "${topic}_ext_check"
    check (pg_catalog.jsonb_typeof(extensions) = 'object' and pg_catalog.octet_length(extensions::text) <= 1048576) not valid;

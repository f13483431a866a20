-- The same checks as before, as one call (outbox-006.sql). "not valid" leaves rows alone that are there already: such a row is delivered
-- without its time, is parked where it is no event, and remote consumers that it is too large for stop there, and name it.
alter table postevent."${topic}"
    drop constraint if exists "${topic}_kind_check",
    drop constraint if exists "${topic}_time_check",
    drop constraint if exists "${topic}_ext_check",
    drop constraint if exists "${topic}_size_check",
    add constraint "${topic}_event_check"
    check (postevent_internal.check_event(kind, id, source, type, datacontenttype, dataschema, subject, data, "time", traceparent,
                                          extensions)) not valid;

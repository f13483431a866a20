-- The same rules as before, as a trigger (outbox-008.sql). It leaves rows alone that are there already: such a row is delivered
-- without its time, is parked where it is no event, and remote consumers that it is too large for stop there, and name it.
alter table postevent."${topic}" drop constraint if exists "${topic}_event_check";
create or replace trigger "${topic}_event_check"
    before insert or update on postevent."${topic}"
    for each row execute function postevent_internal.check_row();
-- also where rows come by logical replication, as the CHECK did
alter table postevent."${topic}" enable always trigger "${topic}_event_check";

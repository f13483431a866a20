-- The last event that stood at the mark of a topic that is read where it is published: a table that was emptied and its numbers begun
-- again, or that was made anew, has another one there, or none. Null: not known yet.
alter table postevent_inbox.high_water_mark
    add column last_idn bigint,
    add column last_id text,
    add column last_source text,
    add check ((last_idn is null) = (last_id is null) and (last_idn is null) = (last_source is null));

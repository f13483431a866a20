-- True if some of what is below the mark was read where it was published and never copied into messages (postevent.inbox=direct).
alter table postevent_inbox.high_water_mark add column direct boolean not null default false;

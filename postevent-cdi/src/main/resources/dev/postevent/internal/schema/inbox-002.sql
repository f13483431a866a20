-- How many transactions have changed how far a lane is: each cursor, each held event that was handled. A node goes on from what it
-- remembers only where this is what it remembers: a database that lost commits has less.
alter table postevent_inbox.lane add column moves bigint not null default 0;

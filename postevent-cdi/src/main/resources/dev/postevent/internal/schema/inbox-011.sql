-- Where a subscription began: it is not given what is at or below begins_after, nor what has a time before begins_time. Written with its
-- row and never again; those that were there before began at the beginning. begins: what was asked for.
alter table postevent_inbox.subscription
    add column begins text not null default 'beginning' check (begins in ('beginning', 'now', 'position', 'time')),
    add column begins_after bigint not null default 0 check (begins_after >= 0),
    add column begins_time timestamptz;

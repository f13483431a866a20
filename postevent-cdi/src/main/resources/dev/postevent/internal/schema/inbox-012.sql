-- For how long an event has been failing. first_failed_at: when the first attempt failed that counts, null before that (it was
-- written for what does not count, too; there attempts is 0). counted_from: the same, later by what does not count: time in which
-- nobody tried the event, or for which its observer asked. lost: of the attempts, those with which the node was lost. waits_from: when
-- next_attempt_at was set; where that is ahead of the clock, the clock went back, and the wait begins again.
alter table postevent_inbox.held_event
    add column counted_from timestamptz,
    add column waits_from timestamptz,
    add column lost integer not null default 0 check (lost >= 0);
update postevent_inbox.held_event
   set first_failed_at = coalesce(first_failed_at, pg_catalog.now()),
       counted_from = coalesce(first_failed_at, pg_catalog.now())
 where attempts > 0;
update postevent_inbox.held_event set first_failed_at = null where attempts = 0 and first_failed_at is not null;

-- An event the observer is being called for on its own, written down before the call: the owner of which epoch does so, and since
-- which start of the server. Null epoch: the call is over. An epoch that is not the lane's: its owner did not come back from it, which
-- is counted, for the event after the cursor in "deaths". called_...: positions above the cursor for which owners that gave the
-- lane back had the observer called, in vain; careful...: of so many nobody can tell. tried_idn and tries are not used any more.
alter table postevent_inbox.lane
    add column trying_idn bigint,
    add column trying_epoch bigint,
    add column trying_life bigint,
    add column deaths integer not null default 0,
    add column called_idns bigint[],
    add column called_through bigint not null default 0,
    add column careful integer not null default 0,
    add column careful_through bigint not null default 0;
-- attempts are those that ended, as a failure of the observer or with its node. called: the observer was called; of what is
-- held by now it may have been.
alter table postevent_inbox.held_event
    add column trying_epoch bigint,
    add column trying_life bigint,
    add column called boolean not null default true;
-- an ordering key may be longer than what goes into an index
drop index postevent_inbox.held_event_by_key;
create index held_event_by_key on postevent_inbox.held_event (subscription, lane, pg_catalog.hashtext(ordering_key), idn);

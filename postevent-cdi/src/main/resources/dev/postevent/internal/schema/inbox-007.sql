-- A subscription belongs to an application: two with one inbox database have each its own, whatever they call them, and their nodes may
-- have the same names. What was stored before is nobody's, '', until the first application that registers a subscription of that
-- name and topic takes it over with all that belongs to it: the keys of that follow.
alter table postevent_inbox.subscription
    drop constraint subscription_pkey cascade,
    add column application text not null default '',
    add primary key (application, name);
alter table postevent_inbox.subscription alter column application drop default;

alter table postevent_inbox.lane
    drop constraint lane_pkey cascade,
    add column application text not null default '',
    add primary key (application, subscription, lane),
    add foreign key (application, subscription) references postevent_inbox.subscription (application, name)
        on delete cascade on update cascade;
alter table postevent_inbox.lane alter column application drop default;

drop index postevent_inbox.held_event_by_key;
alter table postevent_inbox.held_event
    drop constraint held_event_pkey,
    add column application text not null default '',
    add primary key (application, subscription, idn),
    add foreign key (application, subscription) references postevent_inbox.subscription (application, name)
        on delete cascade on update cascade;
alter table postevent_inbox.held_event alter column application drop default;
create index held_event_by_key
    on postevent_inbox.held_event (application, subscription, lane, pg_catalog.hashtext(ordering_key), idn);

alter table postevent_inbox.member
    drop constraint member_pkey,
    add column application text not null default '',
    add primary key (application, subscription, node),
    add foreign key (application, subscription) references postevent_inbox.subscription (application, name)
        on delete cascade on update cascade;
alter table postevent_inbox.member alter column application drop default;

alter table postevent_inbox.lease
    drop constraint lease_pkey,
    add column application text not null default '',
    add primary key (application, subscription, lane),
    add foreign key (application, subscription, lane) references postevent_inbox.lane (application, subscription, lane)
        on delete cascade on update cascade;
alter table postevent_inbox.lease alter column application drop default;

-- Of a node that is nobody's: a reader for all, until it is forgotten.
alter table postevent_inbox.direct_reader
    drop constraint direct_reader_pkey,
    add column application text not null default '',
    add primary key (application, topic, node);
alter table postevent_inbox.direct_reader alter column application drop default;

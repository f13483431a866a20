-- Inbox, once per consumer's database (which may be the publisher's).
create schema if not exists postevent_inbox;
create schema if not exists postevent_internal;

create table if not exists postevent_internal.schema_version (
    part text not null,
    version integer not null check (version > 0),
    applied_at timestamptz not null default pg_catalog.now(),
    primary key (part, version)
);

create table postevent_inbox.messages (
    topic text not null,
    idn bigint not null check (idn > 0),
    kind "char" not null check (kind in ('e', 'v')),
    slot smallint not null check (slot between 0 and 1023), -- hash of the ordering key; an event's lane is slot % lanes
    id text not null,
    source text not null,
    type text not null,
    datacontenttype text,
    dataschema text,
    subject text,
    data bytea,
    time timestamptz,
    traceparent text,
    extensions jsonb,
    stored_at timestamptz not null default pg_catalog.now(),
    primary key (topic, idn)
);

-- Everything at or below the mark is in messages (events and voids) or was handled by all and removed by retention.
create table postevent_inbox.high_water_mark (
    topic text primary key,
    mark bigint not null default 0 check (mark >= 0)
);

-- Where a topic comes from: a source restored to the past, or another one under the same name, is a fault and not a gap.
create table postevent_inbox.origin (
    topic text primary key,
    system text not null,
    timeline bigint not null,
    source_table bigint not null,
    seen_at timestamptz not null default pg_catalog.now()
);

create table postevent_inbox.subscription (
    name text primary key,
    topic text not null,
    lanes smallint not null check (lanes between 1 and 1024),
    paused boolean not null default false,
    created_at timestamptz not null default pg_catalog.now()
);

-- The cursor: everything of this lane at or below it is handled, or stands in held_event. owner, epoch, expires: the lease;
-- "owner is null" means given back in order, anything else with a past "expires" means the owner died.
create table postevent_inbox.lane (
    subscription text not null references postevent_inbox.subscription (name) on delete cascade,
    lane smallint not null check (lane >= 0),
    cursor bigint not null default 0 check (cursor >= 0),
    owner text,
    epoch bigint not null default 0,
    expires timestamptz,
    tried_idn bigint, -- after an owner died: the event tried last, and how often, so that one that kills its JVM ends parked
    tries integer not null default 0,
    primary key (subscription, lane)
) with (fillfactor = 50); -- room for HOT updates of the cursor

create table postevent_inbox.held_event (
    subscription text not null references postevent_inbox.subscription (name) on delete cascade,
    idn bigint not null check (idn > 0),
    lane smallint not null,
    ordering_key text,            -- null: an event without a subject, holds nobody but itself
    state text not null check (state in ('waiting', 'behind', 'parked')),
    attempts integer not null default 0 check (attempts >= 0),
    next_attempt_at timestamptz,
    first_failed_at timestamptz,
    cause text,
    primary key (subscription, idn)
);
create index held_event_by_key on postevent_inbox.held_event (subscription, lane, ordering_key, idn);

-- Nodes that take part in a subscription; its lanes are shared among those whose time has not run out.
create table postevent_inbox.member (
    subscription text not null references postevent_inbox.subscription (name) on delete cascade,
    node text not null,
    expires timestamptz not null,
    primary key (subscription, node)
);

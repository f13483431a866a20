-- Outbox, once per publisher's database. Topics have a table each (topic-001.sql); what postevent itself needs is in a schema
-- of its own, so that no topic name is reserved. Inbox and outbox may share a database: either may come first.
create schema if not exists postevent;
create schema if not exists postevent_internal;

create table if not exists postevent_internal.schema_version (
    part text not null,            -- 'outbox', 'inbox', or 'topic:<name>'
    version integer not null check (version > 0),
    applied_at timestamptz not null default pg_catalog.now(),
    primary key (part, version)
);

-- What is known for ever about a topic: everything at or below "settled" is a row or was removed by retention,
-- everything at or below "gone" was removed by retention.
create table postevent_internal.settled (
    topic text primary key,
    settled bigint not null default 0 check (settled >= 0),
    gone bigint not null default 0 check (gone >= 0 and gone <= settled)
);

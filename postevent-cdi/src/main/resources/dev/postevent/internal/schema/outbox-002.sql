-- Consumers in other applications and how far they are: retention keeps what they still need.
create table postevent_internal.consumer (
    topic text not null,
    consumer text not null,      -- the identity it proved and the name it gives itself
    mark bigint not null check (mark >= 0),
    seen_at timestamptz not null default pg_catalog.now(),
    primary key (topic, consumer)
);

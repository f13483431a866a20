-- One topic. ${topic} is a checked name: ^[a-z][a-z0-9_]{0,47}$
create table postevent."${topic}" (
    -- "cache 1" and "generated always" are conditions C1 and C2 of settling: numbers are drawn by the insert itself, one by one
    idn bigint generated always as identity (cache 1) primary key,
    kind "char" not null default 'e' check (kind in ('e', 'v')), -- e event, v void (tombstone of a position that never commits)
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
    unique (source, id)
);

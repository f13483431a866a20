-- How far a topic was copied when it was read directly from then on: to copy it again goes on from there, and the mark of those who
-- read directly stays what it is meanwhile. Of a topic that is read directly by now nothing is known: it is copied from its start.
alter table postevent_inbox.high_water_mark add column copied bigint not null default 0 check (copied >= 0);
-- Nodes that read a topic where it is published. They live while they are members of one of its subscriptions; until the last of
-- them is gone, nobody begins to copy.
create table postevent_inbox.direct_reader (
    topic text not null,
    node text not null,
    since timestamptz not null default pg_catalog.now(),
    primary key (topic, node)
);
-- How long a membership, and the lanes of its node, last from when they were renewed. What lasts longer was written before the database's
-- clock went back. The greatest lease there is stands for those who do not say.
alter table postevent_inbox.member add column lease interval not null default interval '10 minutes';

-- The lease of a lane since it was renewed; as it was taken it stands in lane.expires, and the later one counts. Apart from the row of
-- the cursor: where REPEATABLE READ is the database's default, a renewal there while an observer is at work would keep that
-- observer's transaction from moving the cursor. Of another epoch than the lane's it is a former owner's.
create table postevent_inbox.lease (
    subscription text not null,
    lane smallint not null,
    epoch bigint not null,
    expires timestamptz not null,
    primary key (subscription, lane),
    foreign key (subscription, lane) references postevent_inbox.lane (subscription, lane) on delete cascade
) with (fillfactor = 50); -- room for HOT updates

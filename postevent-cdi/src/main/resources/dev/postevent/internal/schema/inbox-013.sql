-- Bookkeeping that nobody writes but us, in statements that run for each event: PostgreSQL reads the checks of a table anew in each of them,
-- which took as long as what they do.
alter table postevent_inbox.messages
    drop constraint if exists messages_idn_check,
    drop constraint if exists messages_kind_check,
    drop constraint if exists messages_slot_check;
alter table postevent_inbox.high_water_mark
    drop constraint if exists high_water_mark_mark_check,
    drop constraint if exists high_water_mark_copied_check,
    drop constraint if exists high_water_mark_check;
alter table postevent_inbox.lane
    drop constraint if exists lane_lane_check,
    drop constraint if exists lane_cursor_check;

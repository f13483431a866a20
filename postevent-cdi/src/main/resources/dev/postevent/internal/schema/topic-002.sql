-- A time that everybody can hold: RFC 3339, and with it CloudEvents, knows the years 1 to 9999 and no infinity. "not valid" leaves
-- rows alone that are there already; such a row is delivered without a time.
alter table postevent."${topic}"
    add constraint "${topic}_time_check"
    check (time >= '0001-01-01 00:00:00+00' and time < '10000-01-01 00:00:00+00') not valid;

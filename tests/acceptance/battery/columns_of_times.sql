CREATE TABLE b.times (a date, c time, d time(3) with time zone, e timestamp, f timestamptz(2), g interval, h interval day to second(3));

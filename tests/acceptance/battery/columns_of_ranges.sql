CREATE TABLE b.ranges (a int4range, c tstzrange, d nummultirange, e daterange[]);

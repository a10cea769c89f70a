CREATE FUNCTION b.near(integer, integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT abs($1 - $2) < 2';
CREATE OPERATOR b.=~= (LEFTARG = integer, RIGHTARG = integer, FUNCTION = b.near, COMMUTATOR = OPERATOR(b.=~=));
CREATE TABLE b.near_ones (a integer CHECK (a OPERATOR(b.=~=) 5));

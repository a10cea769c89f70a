CREATE FUNCTION b.apart(a float8, c float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT a - c';
CREATE TYPE b.span AS RANGE (subtype = float8, subtype_diff = b.apart);
CREATE TYPE b.names AS RANGE (subtype = text, collation = "C", multirange_type_name = b.many_names);

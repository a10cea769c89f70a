CREATE PROCEDURE b.tidy(INOUT n integer) LANGUAGE plpgsql AS 'BEGIN n := 1; END';
CREATE PROCEDURE b.tidy_atomic(k varchar) LANGUAGE sql BEGIN ATOMIC SELECT k IN ('a', 'b'); END;

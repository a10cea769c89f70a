CREATE TABLE b.later (state varchar(9));
ALTER TABLE b.later ADD CONSTRAINT later_state CHECK (state IN ('a', 'b')) NOT VALID;

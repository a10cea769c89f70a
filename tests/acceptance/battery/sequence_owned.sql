CREATE TABLE b.owner_of_sequence (a integer);
CREATE SEQUENCE b.owned OWNED BY b.owner_of_sequence.a;
ALTER TABLE b.owner_of_sequence ALTER a SET DEFAULT nextval('b.owned');

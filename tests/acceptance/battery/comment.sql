CREATE TABLE b.commented (a integer);
COMMENT ON TABLE b.commented IS 'it''s';
COMMENT ON COLUMN b.commented.a IS 'a';

-- patch: Give every mesh result a cell count of its own.
-- lock-timeout: 100ms

-- A constant default is kept in the catalog, so no existing row is rewritten.
ALTER TABLE mesh_results ADD COLUMN IF NOT EXISTS cell_count BIGINT NOT NULL DEFAULT 0;

-- patch: Store the boundary zones of a mesh and the path of its preview image.
-- lock-timeout: 100ms
ALTER TABLE mesh_results
    ADD COLUMN IF NOT EXISTS boundary_zones JSONB,
    ADD COLUMN IF NOT EXISTS preview_path TEXT;

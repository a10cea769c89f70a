-- patch: Find the mesh results of a solver job without reading the whole table.
-- transaction: none
-- verify: SELECT indisvalid AND indisready FROM pg_index WHERE indexrelid = to_regclass('mesh_results_job_id_idx')
CREATE INDEX CONCURRENTLY IF NOT EXISTS mesh_results_job_id_idx ON mesh_results (job_id);

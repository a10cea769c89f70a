-- patch: Keep solver jobs.
CREATE TABLE IF NOT EXISTS jobs (id bigint PRIMARY KEY, mesh_id bigint REFERENCES meshes (id));

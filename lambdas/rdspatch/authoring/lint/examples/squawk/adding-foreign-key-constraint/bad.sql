-- patch: Let a mesh name its job.
ALTER TABLE meshes ADD COLUMN IF NOT EXISTS job_id bigint REFERENCES jobs (id);

-- patch: Remember which job made a mesh.
ALTER TABLE meshes ADD COLUMN IF NOT EXISTS job_id bigint;

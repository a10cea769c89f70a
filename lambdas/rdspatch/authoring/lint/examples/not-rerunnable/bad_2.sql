-- patch: Remember which job made a mesh.
ALTER TABLE meshes ADD COLUMN job_id bigint;

-- patch: Count with more memory.
SET LOCAL work_mem = '1GB';
SELECT count(*) FROM meshes;

-- patch: Forget failed meshes.
-- verify: SELECT NOT EXISTS (SELECT FROM meshes WHERE status = 'failed')
DELETE FROM meshes WHERE status = 'failed';

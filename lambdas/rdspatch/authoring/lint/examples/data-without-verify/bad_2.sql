-- patch: Forget failed meshes.
DELETE FROM meshes WHERE status = 'failed';

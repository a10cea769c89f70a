-- patch: Give up the preview and the path.
ALTER TABLE meshes DROP COLUMN IF EXISTS preview, DROP COLUMN IF EXISTS path;

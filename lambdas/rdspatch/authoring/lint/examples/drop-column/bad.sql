-- patch: Give up the preview.
ALTER TABLE meshes DROP COLUMN IF EXISTS preview;

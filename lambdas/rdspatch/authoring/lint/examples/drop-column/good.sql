-- patch: Give up the preview.
-- allow: drop-column because release 41 was the last to read it
ALTER TABLE meshes DROP COLUMN IF EXISTS preview;

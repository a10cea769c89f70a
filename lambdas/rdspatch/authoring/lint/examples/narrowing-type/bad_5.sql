-- patch: Keep the day only.
ALTER TABLE meshes ALTER COLUMN at TYPE date;

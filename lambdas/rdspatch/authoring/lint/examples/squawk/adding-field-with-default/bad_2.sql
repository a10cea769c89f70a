-- patch: Keep names in capitals too.
ALTER TABLE meshes ADD COLUMN IF NOT EXISTS upper_name text GENERATED ALWAYS AS (upper(name)) STORED;

-- patch: Give every mesh a key for links.
ALTER TABLE meshes ADD COLUMN IF NOT EXISTS link uuid DEFAULT gen_random_uuid();

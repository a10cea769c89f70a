-- patch: Give every new mesh a key for links.
ALTER TABLE meshes ADD COLUMN IF NOT EXISTS link uuid;
ALTER TABLE meshes ALTER COLUMN link SET DEFAULT gen_random_uuid();

-- patch: Make the owner NOT NULL, which a validated check proves.
ALTER TABLE meshes ALTER COLUMN owner_id SET NOT NULL;

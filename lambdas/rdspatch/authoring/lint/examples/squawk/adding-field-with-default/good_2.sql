-- patch: Remember when a mesh changed.
ALTER TABLE meshes ADD COLUMN IF NOT EXISTS changed_at timestamptz NOT NULL DEFAULT now();

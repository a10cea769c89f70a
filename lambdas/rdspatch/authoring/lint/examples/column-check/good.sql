-- patch: Weigh meshes.
ALTER TABLE meshes ADD COLUMN IF NOT EXISTS weight numeric;
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'meshes'::regclass AND conname = 'meshes_weight_check') THEN
        ALTER TABLE meshes ADD CONSTRAINT meshes_weight_check CHECK (weight > 0) NOT VALID;
    END IF;
END $$;

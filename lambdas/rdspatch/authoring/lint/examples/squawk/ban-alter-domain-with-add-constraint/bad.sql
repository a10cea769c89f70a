-- patch: Percentages are positive.
DO $$ BEGIN
    ALTER DOMAIN percentage ADD CONSTRAINT percentage_check CHECK (value >= 0);
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;

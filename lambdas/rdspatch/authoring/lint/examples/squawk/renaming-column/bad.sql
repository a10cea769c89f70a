-- patch: Call the name a title.
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'meshes'::regclass AND attname = 'name') THEN
        ALTER TABLE meshes RENAME COLUMN name TO title;
    END IF;
END $$;

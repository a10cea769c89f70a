-- patch: Offer a plan for teams.
DO $$ BEGIN
    INSERT INTO plans (name) VALUES ('team') ON CONFLICT DO NOTHING;
END $$;

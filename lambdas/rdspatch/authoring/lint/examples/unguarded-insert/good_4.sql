-- patch: Offer a plan for teams.
-- verify: SELECT EXISTS (SELECT FROM plans WHERE name = 'team')
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM plans WHERE name = 'team') THEN
        INSERT INTO plans (name, seats) VALUES ('team', 10);
    END IF;
END $$;

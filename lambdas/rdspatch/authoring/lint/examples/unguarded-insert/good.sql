-- patch: Offer a plan for teams.
-- verify: SELECT EXISTS (SELECT FROM plans WHERE name = 'team')
INSERT INTO plans (name, seats) VALUES ('team', 10) ON CONFLICT (name) DO NOTHING;

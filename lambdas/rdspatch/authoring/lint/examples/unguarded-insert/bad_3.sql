-- patch: Give every owner a plan who is not gone.
-- verify: SELECT EXISTS (SELECT FROM plans WHERE name = 'team')
INSERT INTO owner_plans (owner_id, plan)
SELECT id, 'team' FROM owners WHERE left_at IS NULL;

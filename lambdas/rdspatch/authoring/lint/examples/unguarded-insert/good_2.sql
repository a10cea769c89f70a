-- patch: Give every owner a plan.
-- verify: SELECT EXISTS (SELECT FROM plans WHERE name = 'team')
INSERT INTO owner_plans (owner_id, plan)
SELECT id, 'team' FROM owners
WHERE NOT EXISTS (SELECT FROM owner_plans WHERE owner_plans.owner_id = owners.id);

-- patch: Give every owner a plan.
-- verify: SELECT EXISTS (SELECT FROM plans WHERE name = 'team')
INSERT INTO owner_plans (owner_id, plan)
SELECT owners.id, 'team' FROM owners LEFT JOIN owner_plans ON owner_plans.owner_id = owners.id
WHERE owner_plans.owner_id IS NULL;

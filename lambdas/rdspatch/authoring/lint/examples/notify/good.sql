-- patch: Tell the workers.
-- allow: notify because the workers take it twice without harm
NOTIFY jobs;

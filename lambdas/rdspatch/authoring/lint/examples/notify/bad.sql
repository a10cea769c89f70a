-- patch: Tell the workers.
NOTIFY jobs;

-- patch: Call a state by its new name.
ALTER TYPE job_state RENAME VALUE 'done' TO 'finished';

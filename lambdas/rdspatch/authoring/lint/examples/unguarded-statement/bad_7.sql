-- patch: Take the measurements of May in.
ALTER TABLE measurements ATTACH PARTITION measurements_may FOR VALUES FROM ('2024-05-01') TO ('2024-06-01');

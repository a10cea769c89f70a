-- patch: Detach the measurements of May.
-- transaction: none
ALTER TABLE measurements DETACH PARTITION measurements_may CONCURRENTLY;

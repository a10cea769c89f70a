-- patch: Copy the cell counts of existing mesh results out of their statistics.
-- lock-timeout: 100ms
-- statement-timeout: 5min
-- verify: SELECT NOT EXISTS (SELECT FROM mesh_results WHERE cell_count = 0 AND statistics ->> 'cells' ~ '^[1-9][0-9]{0,17}$')

-- Only rows without a count are touched, so a second run leaves counts alone that the application wrote since.
-- At most 18 digits always fit a BIGINT, and a value that is no whole number is left for a person to look at.
UPDATE mesh_results
SET cell_count = (statistics ->> 'cells')::bigint
WHERE cell_count = 0
  AND statistics ->> 'cells' ~ '^[1-9][0-9]{0,17}$';

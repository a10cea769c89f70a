-- patch: Percentages.
CREATE DOMAIN percentage AS numeric;

CREATE TABLE b.json_and_network (a json, c jsonb, d jsonpath, e inet, f cidr, g macaddr, h macaddr8, i uuid);

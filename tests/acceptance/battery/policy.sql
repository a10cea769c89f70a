CREATE TABLE b.p1 (id integer PRIMARY KEY, n integer, state varchar(9));
CREATE POLICY mine ON b.p1 USING (state IN ('x', 'y')) WITH CHECK (n BETWEEN 1 AND 5 AND n <> 3);
CREATE POLICY others ON b.p1 AS RESTRICTIVE FOR SELECT TO pg_read_all_data USING (EXISTS (SELECT FROM b.p1 o WHERE o.n = p1.n AND o.state IN ('x', 'y')));
CREATE POLICY adding ON b.p1 FOR INSERT WITH CHECK (state IN ('x', 'y'));
CREATE POLICY removing ON b.p1 FOR DELETE USING (current_setting('a.b', true) = id::text);

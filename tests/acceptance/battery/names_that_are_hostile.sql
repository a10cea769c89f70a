CREATE TABLE b."Mixed ""case"" %s {x} :y; --" ("größe '日本'" varchar(9) CONSTRAINT "c.d, ""e""" CHECK ("größe '日本'" IN ('a', 'b')), "a\b	c" text, "select" integer, "order" varchar(3));
CREATE INDEX "i %% 'x'" ON b."Mixed ""case"" %s {x} :y; --" ("a\b	c") WHERE "order" IN ('a', 'b');
CREATE VIEW b."ON x.y USING" AS SELECT "order", "select" AS "from" FROM b."Mixed ""case"" %s {x} :y; --" WHERE "order" IN ('a', 'b');

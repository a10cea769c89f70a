CREATE TABLE b.target (a integer PRIMARY KEY, c integer, d integer, UNIQUE (c, d));
CREATE TABLE b.pointer (a integer REFERENCES b.target ON DELETE CASCADE ON UPDATE SET NULL, c integer, d integer,
    CONSTRAINT pair FOREIGN KEY (c, d) REFERENCES b.target (c, d) MATCH FULL DEFERRABLE INITIALLY DEFERRED,
    self integer REFERENCES b.target NOT DEFERRABLE);
ALTER TABLE b.pointer ADD CONSTRAINT unproven FOREIGN KEY (self) REFERENCES b.target NOT VALID;

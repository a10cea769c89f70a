CREATE TABLE b.parent (a integer NOT NULL DEFAULT 1 CHECK (a > 0), c text);
CREATE TABLE b.child (d integer) INHERITS (b.parent);
CREATE TABLE b.other_child (a integer DEFAULT 2) INHERITS (b.parent);

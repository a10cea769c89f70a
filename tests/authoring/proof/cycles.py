"""Foreign keys that go round in a circle, between the tables a and b."""

from __future__ import annotations

CYCLES = {
    "nullable": (
        "CREATE TABLE a (id int PRIMARY KEY); "
        "CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a); "
        "ALTER TABLE a ADD b int REFERENCES b"
    ),
    "deferrable": (
        "CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL); "
        "CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a); "
        "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b DEFERRABLE"
    ),
    "neither": (
        "CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL); "
        "CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a); "
        "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b"
    ),
    "not validated": (
        "CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL); "
        "CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a); "
        "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b NOT VALID"
    ),
    "one to one": (
        "CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL UNIQUE); "
        "CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL UNIQUE REFERENCES a); "
        "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b"
    ),
    "primary keys": (
        "CREATE TABLE a (id int PRIMARY KEY); "
        "CREATE TABLE b (id int PRIMARY KEY REFERENCES a); "
        "ALTER TABLE a ADD FOREIGN KEY (id) REFERENCES b DEFERRABLE"
    ),
    "itself": ("CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL REFERENCES a); CREATE TABLE b (a int REFERENCES a)"),
    "itself always": (
        "CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, b int NOT NULL REFERENCES a); "
        "CREATE TABLE b (a int REFERENCES a)"
    ),
    "partitions": (
        "CREATE TABLE b (id int PRIMARY KEY); "
        "CREATE TABLE p (id int PRIMARY KEY, b int NOT NULL REFERENCES b) PARTITION BY RANGE (id); "
        "CREATE TABLE a PARTITION OF p FOR VALUES FROM (0) TO (90000); "
        "ALTER TABLE b ADD p int NOT NULL REFERENCES p"
    ),
    "two cycles": (
        "CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL, c int NOT NULL); "
        "CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a); "
        "CREATE TABLE c (id int PRIMARY KEY, a int NOT NULL REFERENCES a); "
        "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b, ADD FOREIGN KEY (c) REFERENCES c"
    ),
}

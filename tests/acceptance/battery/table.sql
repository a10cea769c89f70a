CREATE TABLE b.plain (a integer, c text NOT NULL, "Mixed Case" date);

CREATE SCHEMA "Other Schema";
CREATE TABLE "Other Schema"."T" (a integer CHECK (a IN (1, 2)));

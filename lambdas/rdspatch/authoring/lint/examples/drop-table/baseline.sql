CREATE TABLE jobs (id bigint);

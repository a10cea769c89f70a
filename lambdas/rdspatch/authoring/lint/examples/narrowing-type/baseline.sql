CREATE TABLE meshes (
    id bigint PRIMARY KEY,
    cells bigint,
    code varchar(40),
    weight numeric(10, 2),
    note text,
    small integer,
    at timestamptz
);

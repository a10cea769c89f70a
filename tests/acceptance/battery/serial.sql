CREATE TABLE b.serials (a serial, c bigserial PRIMARY KEY, d smallserial);

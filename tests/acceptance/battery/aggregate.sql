CREATE AGGREGATE b.product (integer) (SFUNC = int4mul, STYPE = integer, INITCOND = '1', COMBINEFUNC = int4mul, PARALLEL = SAFE);
CREATE AGGREGATE b.middle (float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);

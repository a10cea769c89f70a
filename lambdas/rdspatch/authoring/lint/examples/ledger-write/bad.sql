-- patch: An example.
GRANT SELECT ON rdspatch.ledger TO reader;

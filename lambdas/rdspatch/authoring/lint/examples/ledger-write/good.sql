-- patch: An example.
SELECT count(*) FROM rdspatch.ledger;

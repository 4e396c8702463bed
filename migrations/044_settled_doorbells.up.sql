-- Whoever takes a lease up settles the doorbells that tell of it: nobody waits for them any more.
GRANT SELECT, DELETE ON outbox TO kiln_api;

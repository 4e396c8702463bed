-- When a lease of the host was last ended because nobody had renewed it, or taken it up, in time. Until it is heard of after that, it gets no grant.
ALTER TABLE build_workers ADD lease_ran_out_at timestamptz(3);

"""Background work on the same PostgreSQL: deferred in the act's transaction, done exactly once in effect."""

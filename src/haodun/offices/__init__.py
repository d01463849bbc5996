"""Who may do what: organisations, transitions, jobs."""

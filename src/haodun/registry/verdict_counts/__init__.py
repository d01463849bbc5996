"""What the edges decided, as counts and flagged rows, taken in exactly once."""

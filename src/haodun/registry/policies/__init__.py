"""Publication: signed snapshots to the edges, and their receipts."""

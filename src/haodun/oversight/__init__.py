"""What stands above the casework: bulletins of what was done and how it went (DESIGN.md §2)."""

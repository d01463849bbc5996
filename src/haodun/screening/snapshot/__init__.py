"""Snapshots: what an edge decides by, as one signed, immutable, mapped directory."""

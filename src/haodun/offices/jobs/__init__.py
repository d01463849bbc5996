"""Work that follows a transaction and survives a crash."""

"""审计: who looked at what and why, and does the chain verify; pages over the ledger for auditors."""

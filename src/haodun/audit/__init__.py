"""The ledger: who did what, to whom, why, on what authority (网络安全法 art. 21, GB/T 22239 level 3)."""

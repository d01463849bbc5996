"""Organisations, roles, memberships and who may read what (反电信网络诈骗法 art. 5, 6)."""

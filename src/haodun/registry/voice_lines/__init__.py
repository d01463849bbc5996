"""Voice lines and landing resources: whose, which numbers they may show, tests (AFL arts. 13, 14; W3b)."""

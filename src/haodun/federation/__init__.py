"""Signed, numbered envelopes between nodes: outbox, inbox, receipts, recall; knows no business (DESIGN.md §5)."""

"""The policy compiled: byte code, roll-out, stages and lists over flat arrays, equal to `Policy.decide`.

Theory of operation. A policy becomes arrays of integers (`tables.policy_tables`), which one interpreter, compiled
once, runs for every policy. What it finds is a *decision number*: distinct decisions (which rules are enforced, which
are only watched, whether somebody calls for help) are numbered as they first come (`decisions`), and the `Decision` of
a new number is built in Python, once.
"""

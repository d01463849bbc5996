"""Nodes that talk to this one: enrolled by two officers on each side, their keys, their kinds, what was set aside."""

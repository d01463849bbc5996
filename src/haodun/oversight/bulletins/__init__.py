"""A bulletin's sentences and figures, computed from the registry for a period (RULES.md §4.6 and §6)."""

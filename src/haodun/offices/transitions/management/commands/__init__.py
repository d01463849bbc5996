"""Management commands of transitions."""

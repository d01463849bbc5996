"""Calls and verdicts on disk: written by the data plane, read by both planes, never edited."""

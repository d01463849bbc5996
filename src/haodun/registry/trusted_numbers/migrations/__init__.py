"""Migrations of this context."""

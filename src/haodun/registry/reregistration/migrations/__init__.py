"""Migrations of re-registration."""

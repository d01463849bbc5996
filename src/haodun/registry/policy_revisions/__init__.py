"""Policies as they are drafted, checked, compared, approved by another person, published, rolled back (W3a; AFL 13)."""

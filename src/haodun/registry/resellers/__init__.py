"""Inspections of virtual operators, their stops and what lifts them (W2e; 2016-04 notice on resale; AFL art. 9)."""

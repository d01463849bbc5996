"""Haodun (号盾): defends a telephone network, a province or a country against telecom fraud."""

__version__ = "0.1.0"

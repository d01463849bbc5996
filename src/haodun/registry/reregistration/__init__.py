"""Forced re-registration (补登记): campaigns, their cards, targets of the real-name rate with gap and forecast."""

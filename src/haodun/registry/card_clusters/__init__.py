"""Clusters of black cards (黑卡): found over the register by what cards share, reviewed and decided by people."""

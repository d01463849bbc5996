"""Appeals of those who were restricted (反电信网络诈骗法 art. 32)."""

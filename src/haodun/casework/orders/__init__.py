"""Police shutdown orders (快速关停, 反电信网络诈骗法 art. 26)."""

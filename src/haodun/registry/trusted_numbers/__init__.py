"""The trusted-number centre: who may call under which name (反电信网络诈骗法 art. 13; RULES.md W3d)."""

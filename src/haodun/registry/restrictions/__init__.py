"""The only thing that restricts a number: measure, basis, reason, term, notice, lift (反电信网络诈骗法 art. 11, 32)."""

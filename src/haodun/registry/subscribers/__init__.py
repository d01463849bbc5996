"""Holder intervals: who held a number, from when to when (电话用户真实身份信息登记规定)."""

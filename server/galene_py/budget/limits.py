"""Bounds of budgets: one name each, its unit and the reason beside it."""

ORIGIN_PREFIX_BITS = 64
"""bits of an IPv6 prefix that one actor owns; providers give nobody less"""
ORIGINS_CACHED = 4096
"""addresses whose origin is remembered; parsing one takes some microseconds"""

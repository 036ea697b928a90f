"""Disclosure policies, their acceptance, and the duties that value opens."""

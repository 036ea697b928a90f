"""Periods: people read their lines, disputes are decided, two people attest, the days are locked, reports are issued."""

"""Trips with legs, stays and transfers, and the rules for them."""

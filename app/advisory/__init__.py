"""Paid advice, openly: need, people, gate, contract, delivery, payment."""

"""Hand-overs: who takes over whom, what and when, in one step; and records that come back from agencies."""

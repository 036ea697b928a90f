"""Always-on programs: goals first, then cohorts, then people at a stage."""

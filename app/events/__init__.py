"""Events, sessions, invitations, seats and attendance."""

"""Users, departments, roles, sessions, tokens, and the audit trail."""

"""Time with a leader of the company: slots, requests, meetings, minutes given."""

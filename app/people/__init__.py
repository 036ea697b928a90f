"""Outside experts: who they are, what they are known for, who at the company owns the relationship."""

"""A partner's own people: invited, given a task and customers, changed, removed."""

"""Partner organizations and the people who work there."""

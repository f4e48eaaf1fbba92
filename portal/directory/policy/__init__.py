"""Rules of organizations, their people and addresses, as pure functions."""

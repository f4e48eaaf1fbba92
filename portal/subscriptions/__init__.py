"""What customers subscribe to: plans, licenses, trials."""

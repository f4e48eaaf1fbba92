"""An organization's own people and settings."""

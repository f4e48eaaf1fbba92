"""Customer organizations and the commercial relation with their partner."""

"""What changes an organization, its people and addresses: one module per intention."""

"""What people and machines do with tickets: one module per intention."""

"""What customers, partners and the vendor do to the relation between them."""

"""The rules of billing: bills line by line, taxes, and what follows an unpaid renewal."""

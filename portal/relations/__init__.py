"""How a customer comes to a partner, moves to another, and leaves: never without its own consent."""

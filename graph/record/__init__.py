"""What is known: statements in changes, stores that only append them, snapshots that read them."""

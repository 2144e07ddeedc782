"""What follows from what is known: pure functions of a snapshot."""

"""How knowledge gets in: documents and tables become proposed statements, each with the place it was read from."""

"""Facts of the world as plain files: ontology, trades, places, surnames, glossary, words of errors."""

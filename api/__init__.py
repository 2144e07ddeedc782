"""How people reach it: the command line now, HTTP later; both call the functions of `api.verbs`."""

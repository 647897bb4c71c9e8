"""Verbs that print what there is to know: settings, networks, help, and the completion for a shell."""

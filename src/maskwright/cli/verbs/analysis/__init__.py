"""Verbs that compare and explain: compare, diagnose, learning-curve."""

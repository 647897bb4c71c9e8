"""Measures of the objects of a mask, and of marks and mirror lines in photos. Open `objects` first."""

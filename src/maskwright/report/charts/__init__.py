"""Charts as SVG, one module a kind."""

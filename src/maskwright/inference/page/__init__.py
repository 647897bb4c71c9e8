"""The page in a browser: `serve` sends it, and `export --to html` writes it with the network inside."""

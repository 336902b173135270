"""The machinery that keeps the course true: it builds the notebooks, gates them, and runs everything that CI runs."""

"""Figures, the HTML report and the model card of a finished run: drawn from its files, never computed again."""

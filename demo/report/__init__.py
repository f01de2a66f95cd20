"""The report at the end of the demo: one HTML file that needs nothing else, drawn from what was measured."""

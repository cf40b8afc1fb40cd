"""The one grammar of cells: numbers, units, limits, gaps, yes and no, wherever a value is met."""

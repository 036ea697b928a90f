"""Which territories the regions of the world hold: a file of cldr-core 48.2.0 (npm), unchanged, under its LICENSE."""

"""Which territories the world's regions hold: territoryContainment.json of cldr-core 48.2.0 (npm), unchanged, under its LICENSE."""

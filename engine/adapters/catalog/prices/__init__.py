"""Price sources, one file each: a source's own text in, quotes in the catalogue's units out."""

"""The ontology compiler: `edit/` in, `build/` out; nothing else writes `build/`."""

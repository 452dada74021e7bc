"""Card payments of folios by a provider: asked for, settled whatever fails in between, and posted once."""

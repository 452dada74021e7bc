"""OMD Platform: one multi-tenant system for a tourist destination and all its hotels."""

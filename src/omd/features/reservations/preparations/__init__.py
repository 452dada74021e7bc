"""What a desk prepares for: when the guests of a stay will arrive, and what they asked for."""

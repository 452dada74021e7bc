"""The scenarios: each measures one promise of the product."""

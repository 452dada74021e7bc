"""What the figures of this process, or of a scrape, say."""

from typing import Any

from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families


def figure(name: str, **labels: str) -> float:
    """Return a sample of this process's registry, 0 where nothing was counted yet."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


def scraped(text: str, name: str, **labels: Any) -> float:
    """Return the sum of a scrape's samples of this name that have these labels, whatever others they have."""
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )

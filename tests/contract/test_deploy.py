"""What is made for Prometheus and Grafana speaks of figures that there are, and calls when it should."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from omd.entrypoints.api.app import create_app

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "prometheus" / "alerts.yml"
RULE_TESTS = ROOT / "deploy" / "prometheus" / "alerts.test.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "omd.json"
HOWTO = ROOT / "docs" / "howto" / "watching.md"

SERIES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}
_FIGURE = re.compile(r"\bomd_[a-z_]+")
_LABELS = re.compile(r"\bby \(([a-z_, ]+)\)|([a-z_]+)=~?\"")
_OF_PROMETHEUS = {"instance", "le", "job"}


def series() -> set[str]:
    """Return the names of all series that a server tells."""
    assert create_app is not None, "the application, imported, has named its figures"
    return {
        f"{family.name}{end}"
        for family in REGISTRY.collect()
        if family.name.startswith("omd_")
        for end in SERIES[family.type]
    }


def labels() -> set[str]:
    return {name for metric in REGISTRY._collector_to_names for name in getattr(metric, "_labelnames", ())}


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return found


def expressions() -> Iterator[str]:
    for panel in panels():
        for target in panel["targets"]:
            yield target["expr"]


def alerts() -> list[str]:
    return re.findall(r"alert: (\w+)", RULES.read_text(encoding="utf-8"))


def promtool(*arguments: str, folder: Path = RULES.parent) -> subprocess.CompletedProcess[str]:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed; it comes with Prometheus: apt-get install prometheus")
    return subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("path", [RULES, RULE_TESTS, DASHBOARD, HOWTO], ids=lambda path: path.name)
def test_every_figure_named_is_one(path: Path) -> None:
    named = set(_FIGURE.findall(path.read_text(encoding="utf-8"))) - {"omd_id"}
    families = {re.sub(r"_(bucket|count|sum)$", "", each) for each in series()}
    known = series() | families if path == HOWTO else series()
    assert len(named) > 10
    assert named - known == set()


def test_every_figure_is_explained() -> None:
    told = HOWTO.read_text(encoding="utf-8")
    families = {re.sub(r"_(bucket|count|sum)$", "", each) for each in series()}
    assert {each for each in families if each not in told} == set()


def test_every_label_named_is_one() -> None:
    for text in (RULES.read_text(encoding="utf-8"), *expressions()):
        named = {name.strip() for listed, matched in _LABELS.findall(text) for name in (listed or matched).split(",")}
        assert named - labels() - _OF_PROMETHEUS == set(), text


def test_every_alert_says_what_to_do_and_is_tried() -> None:
    assert len(alerts()) == len(set(alerts())) > 10
    told, tried = HOWTO.read_text(encoding="utf-8"), RULE_TESTS.read_text(encoding="utf-8")
    assert [each for each in alerts() if f"`{each}`" not in told] == []
    calls = re.findall(r"alertname: (\w+)\n +exp_alerts:", tried)
    assert [each for each in alerts() if each not in calls] == []


def test_the_rules_call_when_they_should() -> None:
    done = promtool("test", "rules", RULE_TESTS.name)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("was", "would_be"),
    [("omd_database_up) < 1", "omd_database_up) < 0"), ("> 0.01", "> 0.5"), ('job="omd"} == 0', 'job="omd"} == 2')],
)
def test_twin_rules_that_are_wrong_are_found(tmp_path: Path, was: str, would_be: str) -> None:
    for path in (RULES, RULE_TESTS):
        shutil.copy(path, tmp_path)
    wrong = RULES.read_text(encoding="utf-8").replace(was, would_be)
    assert wrong != RULES.read_text(encoding="utf-8")
    (tmp_path / RULES.name).write_text(wrong, encoding="utf-8")
    assert promtool("test", "rules", RULE_TESTS.name, folder=tmp_path).returncode != 0


def test_prometheus_understands_every_expression_of_the_dashboard(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": each.replace("$__rate_interval", "5m")}
        for number, each in enumerate(expressions())
    ]
    assert len(rules) > 15
    # JSON is YAML.
    text = json.dumps({"groups": [{"name": "panels", "rules": rules}]})
    (tmp_path / "panels.yml").write_text(text, encoding="utf-8")
    done = promtool("check", "rules", "panels.yml", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_panels_of_the_dashboard_lie_side_by_side() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in panels()}) == len(panels())

"""The use cases of night audits."""

from omd.features.nightaudit.commands.dating import change_settings, find_settings
from omd.features.nightaudit.commands.running import catch_up, run_night_audit
from omd.features.nightaudit.commands.showing import preview_next, show_audit

__all__ = ["catch_up", "change_settings", "find_settings", "preview_next", "run_night_audit", "show_audit"]

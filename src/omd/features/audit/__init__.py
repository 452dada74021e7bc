"""The audit: who did what to which row; how long things are kept; that guests' data was shown or handed out."""

from omd.features.audit.disclosure import record_disclosure
from omd.features.audit.errors import CONSTRAINT_ERRORS
from omd.features.audit.keeping import keep_audit, settle_audit_months
from omd.features.audit.model import DEFAULT_DAYS, AuditEntry, AuditFilter, Kept
from omd.features.audit.queries import RuleInForce, drop_rule, list_entries, list_rules, set_rule

__all__ = [
    "CONSTRAINT_ERRORS",
    "DEFAULT_DAYS",
    "AuditEntry",
    "AuditFilter",
    "Kept",
    "RuleInForce",
    "drop_rule",
    "keep_audit",
    "list_entries",
    "list_rules",
    "record_disclosure",
    "set_rule",
    "settle_audit_months",
]

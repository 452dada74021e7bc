"""PostgreSQL: the pool, tenant transactions, named statements, errors. The only importer of the driver."""

from omd.db.contact import DatabaseContact
from omd.db.database import Database, Role
from omd.db.errors import ConstraintErrors, TransactionBroken, Violation
from omd.db.statements import Statement, load_statements
from omd.db.transaction import ReadTransaction, Transaction

__all__ = [
    "ConstraintErrors",
    "Database",
    "DatabaseContact",
    "ReadTransaction",
    "Role",
    "Statement",
    "Transaction",
    "TransactionBroken",
    "Violation",
    "load_statements",
]

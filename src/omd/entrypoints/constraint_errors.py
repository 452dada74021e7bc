"""What a breach of any constraint means: the features' own answers, joined."""

from omd.db import ConstraintErrors
from omd.features import (
    assignment,
    audit,
    availability,
    folios,
    housekeeping,
    identity,
    inventory,
    maintenance,
    nightaudit,
    papers,
    rates,
    reservations,
)
from omd.features.folios import invoices
from omd.features.folios.cards import errors as cards
from omd.features.folios.fees import errors as fees
from omd.features.rates import taxes
from omd.infra import webhooks

CONSTRAINT_ERRORS: ConstraintErrors = {
    **assignment.CONSTRAINT_ERRORS,
    **audit.CONSTRAINT_ERRORS,
    **identity.CONSTRAINT_ERRORS,
    **inventory.CONSTRAINT_ERRORS,
    **rates.CONSTRAINT_ERRORS,
    **taxes.CONSTRAINT_ERRORS,
    **availability.CONSTRAINT_ERRORS,
    **reservations.CONSTRAINT_ERRORS,
    **folios.CONSTRAINT_ERRORS,
    **cards.CONSTRAINT_ERRORS,
    **fees.CONSTRAINT_ERRORS,
    **invoices.CONSTRAINT_ERRORS,
    **nightaudit.CONSTRAINT_ERRORS,
    **housekeeping.CONSTRAINT_ERRORS,
    **maintenance.CONSTRAINT_ERRORS,
    **papers.CONSTRAINT_ERRORS,
    **webhooks.CONSTRAINT_ERRORS,
}

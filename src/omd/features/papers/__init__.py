"""Papers: invoices, pro-formas and registration forms as documents, in the languages of the texts here."""

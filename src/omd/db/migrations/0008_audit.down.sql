-- Takes the audit, the retention rules and the identity documents away.

drop table audit_log;
drop table erasures;
drop table retention_rules;
alter table reservation_guests
    drop column date_of_birth,
    drop column document_type,
    drop column document_number,
    drop column document_ending,
    drop column document_country,
    drop column erased_at;

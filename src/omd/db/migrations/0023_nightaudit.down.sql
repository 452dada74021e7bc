-- Takes night audits, and what they froze, away. Hotels go on by the date they work on.

drop table on_the_books;
drop table daily_statistics;
drop table night_audit_steps;
drop table night_audits;
drop table night_audit_settings;
comment on column businesses.business_date is
    'The day the hotel works on, where it is held by hand (a replay of the past); null = today on the hotel''s wall clock.';

-- Any three capital letters are a currency again.

comment on column businesses.currency is null;
alter table businesses drop constraint businesses_currency_in_hundredths;

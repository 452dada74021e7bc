-- Amounts are rounded to the hundredth: a hotel's currency is one that has hundredths. Refused while one keeps its books in another.

alter table businesses add constraint businesses_currency_in_hundredths check (currency not in (
    'BHD', 'BIF', 'CLF', 'CLP', 'DJF', 'GNF', 'IQD', 'ISK', 'JOD', 'JPY', 'KMF', 'KRW', 'KWD', 'LYD', 'OMR', 'PYG',
    'RWF', 'TND', 'UGX', 'UYI', 'UYW', 'VND', 'VUV', 'XAF', 'XAG', 'XAU', 'XBA', 'XBB', 'XBC', 'XBD', 'XDR',
    'XOF', 'XPD', 'XPF', 'XPT', 'XSU', 'XTS', 'XUA', 'XXX'));
comment on column businesses.currency is 'ISO 4217, of those that are counted in hundredths, as every amount here is.';

-- What the 40 hotels of a destination have for seven nights, as the API asks it: the members, then their counters.
\set member random(0, :omds - 1)
\set omd :first_omd + :member
\set first :first_business + :member * :hotels_per_omd
\set last :first + :hotels_per_omd - 1
\set ahead random(1, 330)
\startpipeline
begin read only;
set local role omd_app;
select set_config('omd.omd_id', :omd::text, true), set_config('omd.scope', 'omd', true),
       set_config('omd.business_ids', (array(select generate_series(:first::int, :last::int)))::text, true),
       set_config('omd.staff_business_ids', '{}', true);
\endpipeline
{list_businesses};
{find_type_availability};
commit;

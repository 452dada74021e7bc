-- What one hotel has for a stay, as the API asks it: begin and context in one round trip, the statement, commit.
\set hotel random(0, :hotels - 1)
\set omd :first_omd + :hotel / :hotels_per_omd
\set business :first_business + :hotel
\set ahead random(1, 330)
\set nights random(1, 7)
\startpipeline
begin read only;
set local role omd_app;
select set_config('omd.omd_id', :omd::text, true), set_config('omd.scope', 'hotel', true),
       set_config('omd.business_ids', '{' || :business::text || '}', true),
       set_config('omd.staff_business_ids', '{' || :business::text || '}', true);
\endpipeline
{find_type_availability};
commit;

-- Free rooms of each type of one hotel on one date, counted room by room: the question the counters replace.
\set hotel random(0, :hotels - 1)
\set omd :first_omd + :hotel / :hotels_per_omd
\set business :first_business + :hotel
\set ahead random(1, 330)
\startpipeline
begin read only;
set local role omd_app;
select set_config('omd.omd_id', :omd::text, true), set_config('omd.scope', 'hotel', true),
       set_config('omd.business_ids', '{' || :business::text || '}', true),
       set_config('omd.staff_business_ids', '{' || :business::text || '}', true);
\endpipeline
{count_rooms_by_row};
commit;

-- One booking in the transaction the API uses: begin and context in one round trip, the one call, commit.
\set hotel random(0, :hotels - 1)
\set omd :first_omd + :hotel / :hotels_per_omd
\set business :first_business + :hotel
\set room random(1, 100)
\set kind case when :room <= 40 then 0 when :room <= 60 then 1 when :room <= 80 then 2 when :room <= 95 then 3 else 4 end
\set type :first_type + :hotel * 5 + :kind
\set adults case when :kind = 2 then 1 else 2 end
\set ahead random(1, 330)
\set nights random(1, 5)
\set code random(1, 9000000000000000)
\startpipeline
begin read write;
set local role omd_app;
set local constraint_exclusion = off;
select set_config('omd.omd_id', :omd::text, true), set_config('omd.scope', 'hotel', true),
       set_config('omd.business_ids', '{' || :business::text || '}', true),
       set_config('omd.staff_business_ids', '{' || :business::text || '}', true);
\endpipeline
{book_reservation};
commit;

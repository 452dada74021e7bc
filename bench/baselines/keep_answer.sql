-- The answer kept under an Idempotency-Key, in a transaction of its own.
\set hotel random(0, :hotels - 1)
\set omd :first_omd + :hotel / :hotels_per_omd
\set business :first_business + :hotel
\set code random(1, 9000000000000000)
\startpipeline
begin read write;
set local role omd_app;
select set_config('omd.omd_id', :omd::text, true), set_config('omd.scope', 'hotel', true),
       set_config('omd.actor', 'bench', true),
       set_config('omd.business_ids', '{' || :business::text || '}', true),
       set_config('omd.staff_business_ids', '{' || :business::text || '}', true);
\endpipeline
{keep_answer};
commit;

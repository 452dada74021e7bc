-- All that the offers of one hotel are made from for seven nights, as the API reads it beyond what it remembers.
\set hotel random(0, :hotels - 1)
\set business :first_business + :hotel
\set omd :first_omd + :hotel / :hotels_per_omd
\set ahead random(1, 330)
{read_offer_ground};

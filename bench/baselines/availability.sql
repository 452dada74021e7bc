-- What one hotel has for a stay, as the API asks it: one round trip, in which the function enters the context first.
\set hotel random(0, :hotels - 1)
\set omd :first_omd + :hotel / :hotels_per_omd
\set business :first_business + :hotel
\set ahead random(1, 330)
\set nights random(1, 7)
{find_type_availability};

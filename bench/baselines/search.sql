-- What the 40 hotels of a destination have for seven nights, as the API asks it: one round trip, in which the function enters the context first.
\set member random(0, :omds - 1)
\set omd :first_omd + :member
\set first :first_business + :member * :hotels_per_omd
\set last :first + :hotels_per_omd - 1
\set ahead random(1, 330)
{find_type_availability};

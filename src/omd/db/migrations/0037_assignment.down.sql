-- Takes away the assignment of rooms: wishes, weights and plans.

drop table assignment_plan_stays;
drop table assignment_plans;
drop table room_wishes;
drop table assignment_weights;

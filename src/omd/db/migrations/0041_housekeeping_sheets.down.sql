-- The sections of hotels are lost, with who worked when and what was published.

drop table housekeeping_published_rooms;
drop table housekeeping_sheets;
drop table housekeeping_attendance_sections;
drop table housekeeping_attendances;
drop table housekeeping_section_rooms;
drop table housekeeping_sections;

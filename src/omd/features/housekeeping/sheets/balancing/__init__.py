"""Who cleans what: tasks of a day put on the sheets of those who work, in the best way there is."""

"""How far each person has come in their lessons and courses: seen by nobody but themselves."""

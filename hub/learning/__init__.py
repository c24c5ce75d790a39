"""What the union teaches: programmes, courses, lessons, instructors."""

"""Attempts at the quizzes of lessons: drawn, answered and scored on the server."""

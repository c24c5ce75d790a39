"""Those who compete: entries, teams, judges, scores, results and objections."""

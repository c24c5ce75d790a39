"""The SQL of the hand-written reference queries. `$1` is now in each of them."""


def visible(table: str) -> str:
    """What the public may see of a table of content.

    NOT (>) where <= would do: SQLite takes an index on the instant for <=, which nearly every row
    meets, and then sorts them all. To PostgreSQL both are the same.
    """
    return (
        f"{table}.state = 'published' AND NOT ({table}.published_at > $1)"
        f" AND ({table}.expires_at IS NULL OR {table}.expires_at > $1)"
    )


def _first_by(columns: str, *, table: str, parent: str, order: str) -> str:
    """The first `$3` visible rows of each parent in `$2`, the parent's key in front."""
    return f"""
SELECT {parent}, {columns} FROM (
  SELECT {parent}, {columns}, ROW_NUMBER() OVER (PARTITION BY {parent} ORDER BY {order}) AS rank
  FROM {table} WHERE {parent} = ANY($2) AND {visible(table)}) AS ranked
WHERE rank <= $3 ORDER BY rank"""


NEWEST_COURSES = f"""
SELECT course.id, course.title, course.summary, course.cover_url, instructor.id, instructor.name
FROM course LEFT JOIN instructor
  ON instructor.id = course.instructor_id AND {visible("instructor")}
WHERE {visible("course")} ORDER BY course.published_at DESC, course.id DESC LIMIT $2"""

LESSONS_BY_COURSE = _first_by(
    "id, title, duration_seconds, kind", table="lesson", parent="course_id", order="position, id"
)

COURSES_BY_PROGRAM = _first_by(
    "id, title", table="course", parent="program_id", order="published_at DESC, id DESC"
)

OFFERINGS_BY_PLACE = _first_by(
    "id, title, kind", table="offering", parent="place_id", order="position, id"
)

PROGRAMS = f"""
SELECT id, name FROM program WHERE {visible("program")} ORDER BY position, id LIMIT $2"""

MERCHANTS_OF_TOWN = f"""
SELECT id, name, address, latitude, longitude FROM place
WHERE town_id = $2 AND kind = 'merchant' AND {visible("place")}
ORDER BY sort_name, id LIMIT $3"""

COURSE = f"""
SELECT course.id, course.title, course.summary, course.body_html,
  instructor.id, instructor.name, instructor.bio
FROM course LEFT JOIN instructor
  ON instructor.id = course.instructor_id AND {visible("instructor")}
WHERE course.id = $2 AND {visible("course")}"""

EVENTS = f"""
SELECT event.id, event.title, event.kind, event.starts_at, event.ends_at,
  event.venue_name, event.address, event.registration_opens_at, event.registration_closes_at,
  place.id, place.kind, place.name
FROM event LEFT JOIN place ON place.id = event.place_id AND {visible("place")}
WHERE {visible("event")} AND event.starts_at >= $2 AND event.starts_at < $3
ORDER BY event.starts_at, event.id LIMIT $4"""

AMENITIES_BY_PLACE = """
SELECT place_amenity.place_id, amenity.code, amenity.label
FROM place_amenity JOIN amenity ON amenity.id = place_amenity.amenity_id
WHERE place_amenity.place_id = ANY($1) ORDER BY amenity.position"""

_CHORD = "(x - $2) * (x - $2) + (y - $3) * (y - $3) + (z - $4) * (z - $4)"


def near_open(*, is_holiday: bool, was_holiday: bool) -> str:
    """The nearest places that are open, today's hours and those that run over from yesterday.

    `$2` to `$4` are the point on the unit sphere, `$5` to `$8` south, north, west and east of the
    box, `$9` the squared chord; then day, weekday and minute of today and of yesterday.
    The inner LIMIT keeps the sort below the hours, which are then asked of the nearest only; both
    databases hand on the order.
    """
    today = _open_by(10, is_holiday=is_holiday)
    yesterday = _open_by(13, is_holiday=was_holiday)
    return f"""
SELECT id, kind, name, address, chord FROM (
  SELECT id, kind, name, address, {_CHORD} AS chord FROM place
  WHERE latitude BETWEEN $5 AND $6 AND longitude BETWEEN $7 AND $8 AND {_CHORD} <= $9
    AND {visible("place")}
  ORDER BY chord, id LIMIT 1000000) AS place
WHERE {today} OR {yesterday} LIMIT 21"""


def _open_by(first: int, *, is_holiday: bool) -> str:
    """Whether the hours hold at the day `$first`, its weekday and its minute, the next two."""
    dated = f"rule = 'exception' AND starts_on <= ${first} AND ends_on > ${first}"
    inside = f"opens_minute <= ${first + 2} AND closes_minute > ${first + 2}"
    weekly = f"rule = 'weekly' AND weekday = ${first + 1}"
    festive = ""
    if is_holiday:
        festive = f" WHEN {_some('''rule = 'holiday' ''')}"
        festive += f" THEN {_some(f'''rule = 'holiday' AND {inside}''')}"
    return (
        f"CASE WHEN {_some(dated)} THEN {_some(f'{dated} AND {inside}')}{festive}"
        f" ELSE {_some(f'{weekly} AND {inside}')} END"
    )


def _some(criterion: str) -> str:
    return f"EXISTS (SELECT 1 FROM opening_interval WHERE place_id = place.id AND {criterion})"

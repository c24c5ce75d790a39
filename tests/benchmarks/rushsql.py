"""The SQL of the sign-up written by hand, in PostgreSQL's words."""

SESSION = """
SELECT session.person_id, session.id, person.display_name
FROM session JOIN person ON person.id = session.person_id
WHERE session.access_digest = $1 AND session.access_expires_at > $2
  AND session.ended_at IS NULL AND person.disabled_at IS NULL"""

EVENT = """
SELECT event.id, pool.id FROM event JOIN pool ON pool.id = event.pool_id
WHERE event.slug = $1 AND event.state = 'published' AND event.published_at <= $2
  AND (event.expires_at IS NULL OR event.expires_at > $2) AND event.ends_at > $2
  AND (event.registration_opens_at IS NULL OR event.registration_opens_at <= $2)
  AND (event.registration_closes_at IS NULL OR event.registration_closes_at > $2)
  AND (pool.opens_at IS NULL OR pool.opens_at <= $2)
  AND (pool.closes_at IS NULL OR pool.closes_at > $2)"""

KEY = """
INSERT INTO idempotency_key
  (id, person_id, operation, key, input_digest, result_id, created_at)
VALUES ($1, $2, 'register', $3, '', $4, $5)"""

REGISTRATION = """
INSERT INTO registration
  (id, pool_id, subject_kind, subject_id, person_id, state, party_size, is_on_quota, scope_id, slot,
   subject_slot, reason, version, created_at, updated_at)
VALUES ($1, $2, 'event', $3, $4, 'confirmed', 1, FALSE, $2, 1, 1, '', 1, $5, $5)"""

TAKE = """
UPDATE pool SET taken = taken + 1
WHERE id = $1 AND waiting = 0 AND taken < capacity RETURNING id"""

QUEUE = """
UPDATE pool
SET sequence = sequence + 1, waiting = waiting + 1, waiting_parties = waiting_parties + 1
WHERE id = $1 RETURNING sequence, waiting_parties"""

WAIT = "UPDATE registration SET state = 'waitlisted', number = $1 WHERE id = $2"

AUDIT = """
INSERT INTO audit_entry
  (id, at, person_id, session_id, actor_label, action, object_kind, object_id, after, request_id,
   address_hash)
VALUES ($1, $2, $3, $4, $5, 'registration.signed_up', 'Registration', $6, $7, $8, $9)"""

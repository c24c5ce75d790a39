"""The documents of people who sign up, and of those who organise."""

REGISTRATION = """registration { id state partySize waitlistPosition waitlistReason offeredUntil
  companions answers { question value }
  occasion { id title partTitle startsAt endsAt venue { name address } } }"""
ERRORS = """errors { __typename code message path
  ... on SoldOut { waitlistPosition } ... on AlreadyRegistered { registration { id state } }
  ... on NotOpen { opensAt closesAt } ... on NotEligible { reasons { code message } }
  ... on DeadlinePassed { deadlineAt } }"""


def mutation(name: str) -> str:
    """The document of one of the mutations that give a registration."""
    kind = name[0].upper() + name[1:]
    return f"""mutation($input: {kind}Input!) {{ {name}(input: $input) {{
  {REGISTRATION} {ERRORS} }} }}"""


REGISTER = mutation("registerForEvent")
ENROLL = mutation("enrollInCourse")
ENTER = mutation("enterCompetition")
JOIN = mutation("joinWaitlist")
ACCEPT = mutation("acceptOffer")
CANCEL = mutation("cancelRegistration")
TRANSFER = mutation("transferRegistration")

EVENT = """query($id: ID!) { event(by: {id: $id}) { title
  seats { capacity taken waiting isFull }
  options { id slug seats { capacity taken } viewerRegistration { id } }
  viewerRegistration { id state waitlistPosition } } }"""
COURSE = """query($id: ID!) { course(by: {id: $id}) { title
  seats { capacity taken waiting isFull } viewerRegistration { id state }
  sessions { seats { capacity taken } viewerRegistration { id state } } } }"""
"""What stands on the pages."""

APPROVE = mutation("approveRegistration")
REJECT = mutation("rejectRegistration")
NO_SHOW = mutation("markNoShow")
EXPORT = """mutation($input: ExportRegistrationsInput!) { exportRegistrations(input: $input) {
  job { id status } errors { __typename code message path } } }"""
LIST = """query($where: RegistrationWhere!, $n: Int = 20) {
  registrations(first: $n, where: $where) { totalCount nodes { id state
    person { displayName phoneMasked } companions answers { question value }
    occasion { title } } } }"""
MINE = """query($where: OwnRegistrationWhere, $n: Int = 20) { viewer {
  registrations(first: $n, where: $where) { totalCount nodes { id state subjectKind waitlistPosition
    occasion { title startsAt endsAt venue { name } } clashes { id } } } } }"""

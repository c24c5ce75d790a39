"""Documents of those who compete, judge and hold competitions."""

ERRORS = "errors { __typename code message path }"

ENTER = f"""mutation($input: EnterCompetitionInput!) {{ enterCompetition(input: $input) {{
  registration {{ id state }} {ERRORS} }} }}"""
CANCEL = f"""mutation($input: CancelRegistrationInput!) {{ cancelRegistration(input: $input) {{
  registration {{ id state }} {ERRORS} }} }}"""
ACCEPT = f"""mutation($input: AcceptOfferInput!) {{ acceptOffer(input: $input) {{
  registration {{ state }} {ERRORS} }} }}"""
MINE = """{ viewer { entries { id admissionNumber name state isOwn
  team { id name captainName isCaptain isComplete isFrozen memberCount substituteCount
    members { id name isSubstitute } }
  results { stageId score rank isProvisional isAdvanced } objections { text state reason } } } }"""
INVITE = f"""mutation($input: TeamInput!) {{ createTeamInvitation(input: $input) {{
  code expiresAt {ERRORS} }} }}"""
JOIN = f"""mutation($input: JoinTeamInput!) {{ joinTeam(input: $input) {{
  member {{ id name isSubstitute }} {ERRORS} }} }}"""
LEAVE = f"""mutation($input: TeamInput!) {{ leaveTeam(input: $input) {{
  team {{ memberCount }} {ERRORS} }} }}"""
REMOVE = f"""mutation($input: TeamMemberInput!) {{ removeTeamMember(input: $input) {{
  team {{ memberCount }} {ERRORS} }} }}"""
HAND_OVER = f"""mutation($input: TeamMemberInput!) {{ handOverCaptaincy(input: $input) {{
  team {{ captainName isCaptain }} {ERRORS} }} }}"""
REPLACE = f"""mutation($input: ReplaceTeamMemberInput!) {{ replaceTeamMember(input: $input) {{
  team {{ captainName }} {ERRORS} }} }}"""
ASSIGN = f"""mutation($input: AssignJudgeInput!) {{ assignJudge(input: $input) {{
  judge {{ id name }} {ERRORS} }} }}"""
REMOVE_JUDGE = f"""mutation($input: RemoveJudgeInput!) {{ removeJudge(input: $input) {{
  judge {{ id }} {ERRORS} }} }}"""
DECLARE = f"""mutation($input: DeclareConflictOfInterestInput!) {{
  declareConflictOfInterest(input: $input) {{ isDeclared {ERRORS} }} }}"""
SHEETS = """{ viewer { judgeSheets { stageId stageName competitionTitle state
  criteria { slug label maximum weight }
  lines { entryId admissionNumber isConflict scores { criterion points } version } } } }"""
SUBMIT = f"""mutation($input: SubmitScoresInput!) {{ submitScores(input: $input) {{
  scores {{ criterion points }} version {ERRORS} }} }}"""
INSPECT = f"""mutation($input: InspectScoresInput!) {{ inspectScores(input: $input) {{
  sheets {{ admissionNumber judgeName scores {{ criterion points }} }} {ERRORS} }} }}"""
CLOSE = f"""mutation($input: StageStepInput!) {{ closeScoring(input: $input) {{
  stage {{ scoringState }} {ERRORS} }} }}"""
COMPUTE = f"""mutation($input: StageStepInput!) {{ computeResults(input: $input) {{
  stage {{ results {{ nodes {{ score rank isProvisional entry {{ admissionNumber name }} }} }} }}
  {ERRORS} }} }}"""
PUBLISH = f"""mutation($input: PublishResultsInput!) {{ publishResults(input: $input) {{
  stage {{ scoringState objectionsUntil }} {ERRORS} }} }}"""
FILE = f"""mutation($input: FileObjectionInput!) {{ fileObjection(input: $input) {{
  objection {{ id text state }} {ERRORS} }} }}"""
DECIDE = f"""mutation($input: DecideObjectionInput!) {{ decideObjection(input: $input) {{
  objection {{ state reason }} {ERRORS} }} }}"""
CORRECT = f"""mutation($input: CorrectResultInput!) {{ correctResult(input: $input) {{
  result {{ score rank isCorrected }} {ERRORS} }} }}"""
FINALISE = f"""mutation($input: StageStepInput!) {{ finaliseResults(input: $input) {{
  stage {{ scoringState }} {ERRORS} }} }}"""
ADVANCE = f"""mutation($input: AdvanceEntriesInput!) {{ advanceEntries(input: $input) {{
  stage {{ id }} {ERRORS} }} }}"""
DISQUALIFY = f"""mutation($input: DisqualifyEntryInput!) {{ disqualifyEntry(input: $input) {{
  entry {{ state }} {ERRORS} }} }}"""
AWARD = f"""mutation($input: AwardMedalsInput!) {{ awardMedals(input: $input) {{
  medals {{ entryId honour {{ name }} laureate {{ id name year }} }} {ERRORS} }} }}"""
PUBLIC = """query($slug: String!) { competition(by: {slug: $slug}) {
  divisions { id name entries { totalCount nodes { id admissionNumber name state isOwn
    team { name } results { rank } objections { text } } } }
  stages { id name scoringState objectionsUntil criteria { slug } advance { kind number score }
    isExtremesDropped tieBreak judges { name } objections { text }
    results { totalCount nodes { score rank isProvisional isCorrected
      entry { admissionNumber name } } } } } }"""
NODE = """query($id: ID!) { node(id: $id) { ... on Entry { id admissionNumber name isOwn state
  team { name members { name } } results { rank score } objections { text } } } }"""

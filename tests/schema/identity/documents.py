"""The documents of signing in, as a client would keep them."""

TOKENS = "session { accessToken refreshToken expiresAt refreshExpiresAt }"
VIEWER = (
    "viewer { id displayName phoneMasked roles isSecondFactorMissing sessions { id isCurrent } }"
)
ERRORS = "errors { __typename code message path }"

REQUEST_CODE = f"""
mutation RequestCode($phone: String!) {{
  requestSignInCode(input: {{phone: $phone}}) {{ expiresAt retryAfterSeconds {ERRORS} }}
}}
"""
SIGN_IN = f"""
mutation SignIn($input: SignInInput!) {{
  signIn(input: $input) {{ {TOKENS} {VIEWER} {ERRORS} }}
}}
"""
SIGN_IN_WITH_WECHAT = f"""
mutation SignInWithWechat($input: SignInWithWechatInput!) {{
  signInWithWechat(input: $input) {{ {TOKENS} viewer {{ id }} {ERRORS} }}
}}
"""
REFRESH = f"""
mutation Refresh($token: String!) {{
  refreshSession(input: {{refreshToken: $token}}) {{ {TOKENS} viewer {{ id }} {ERRORS} }}
}}
"""
SIGN_OUT = f"mutation {{ signOut {{ endedCount {ERRORS} }} }}"
SIGN_OUT_EVERYWHERE = f"mutation {{ signOutEverywhere {{ endedCount {ERRORS} }} }}"
END_SESSION = f"""
mutation EndSession($id: ID!) {{
  endSession(input: {{id: $id}}) {{ session {{ id }} {ERRORS} }}
}}
"""
REQUEST_STEP_UP = f"mutation {{ requestStepUpCode {{ expiresAt {ERRORS} }} }}"
STEP_UP = f"""
mutation StepUp($input: StepUpInput!) {{
  stepUp(input: $input) {{ viewer {{ id isSecondFactorMissing }} {ERRORS} }}
}}
"""
REQUEST_CHANGE = f"""
mutation RequestChange($phone: String!) {{
  requestPhoneChange(input: {{phone: $phone}}) {{ expiresAt {ERRORS} }}
}}
"""
CHANGE_PHONE = f"""
mutation ChangePhone($phone: String!, $code: String!) {{
  changePhone(input: {{phone: $phone, code: $code}}) {{ viewer {{ phoneMasked }} {ERRORS} }}
}}
"""
UPDATE_PROFILE = f"""
mutation UpdateProfile($name: String!) {{
  updateProfile(input: {{displayName: $name}}) {{ viewer {{ displayName }} {ERRORS} }}
}}
"""
ENROL = f"mutation {{ enrolTotp {{ otpauthUri secret qrSvg {ERRORS} }} }}"
CONFIRM = f"""
mutation Confirm($code: String!) {{
  confirmTotp(input: {{code: $code}}) {{
    recoveryCodes viewer {{ isSecondFactorMissing roles }} {ERRORS}
  }}
}}
"""
REGENERATE = f"mutation {{ regenerateRecoveryCodes {{ recoveryCodes {ERRORS} }} }}"
WHO = f"{{ {VIEWER} }}"
REFERENCE = "{ courses(first: 20) { nodes { title } } }"

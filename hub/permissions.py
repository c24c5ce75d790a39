"""What every role and action is called, where a role may be held, and the page that prints it all.

`docs/permissions.md` is this page: `hub permissions print`.
"""

from collections.abc import Iterable, Mapping

from hub.auth import PERMISSIONS, STAFF_ROLES, STEP_UP_LASTS, Action, Role, ScopeKind

ROLE_NAMES: Mapping[Role, tuple[str, str]] = {
    Role.WORKER: (
        "劳动者（小哥）",
        "Whoever is signed in; not given, and it allows no action below.",
    ),
    Role.MERCHANT: ("爱心商户", "Runs one shop, or several."),
    Role.STATION_KEEPER: ("驿站管理员", "Looks after one station or service centre, or several."),
    Role.EDITOR: ("编辑", "Writes content of the district, a town or a programme."),
    Role.REVIEWER: ("审核员", "Approves content and decides applications."),
    Role.CASE_OFFICER: ("办案人员", "Handles rights cases; its actions come with the cases."),
    Role.MANAGER: ("管理者", "Leads the district or a town."),
    Role.ADMINISTRATOR: ("系统管理员", "Runs the hub: gives roles, manages keys, reads the audit."),
}

SCOPE_NAMES: Mapping[ScopeKind, tuple[str, str]] = {
    ScopeKind.DISTRICT: ("全区", "Everything."),
    ScopeKind.TOWN: ("镇街", "What lies in one town, subdistrict or park."),
    ScopeKind.PROGRAM: ("栏目", "One series of courses."),
    ScopeKind.PLACE: ("场所", "One shop, station or service centre."),
}

ACTION_NAMES: Mapping[Action, tuple[str, str]] = {
    Action.UPDATE_PLACE: ("修改场所信息", "Change a place: hours, contact, description."),
    Action.MANAGE_OFFERINGS: ("管理服务项目", "Add, change and withdraw what a place offers."),
    Action.MANAGE_PLACE_STAFF: ("管理场所人员", "Invite and remove the people who run a place."),
    Action.DECIDE_MERCHANT_APPLICATION: ("审批商户申请", "Decide which shops join the street."),
    Action.EDIT_CONTENT: ("编辑内容", "Create content and write new revisions of it."),
    Action.PREVIEW_CONTENT: ("预览内容", "See content before it is published, by a signed link."),
    Action.APPROVE_CONTENT: ("审核内容", "Approve what somebody else has written."),
    Action.PUBLISH_CONTENT: ("发布内容", "Publish, schedule, withdraw, archive and restore."),
    Action.REVOKE_CERTIFICATE: (
        "撤销证书",
        "Take back the certificate of somebody who completed a course, with a reason.",
    ),
    Action.MANAGE_REGISTRATIONS: (
        "管理报名",
        "Approve and reject sign-ups, and write down who did not come.",
    ),
    Action.READ_REGISTRATIONS: (
        "查看报名",
        "See who signed up and what they answered; to export it asks for a fresh proof.",
    ),
    Action.CHECK_IN: (
        "签到",
        "Scan tickets and check people in where the thing takes place.",
    ),
    Action.CONFIRM_MEMBERSHIP: (
        "确认会员身份",
        "Confirm that a worker is a member of the union, or is one no more.",
    ),
    Action.MANAGE_COMPETITION: (
        "管理比武",
        "Judges, results, objections and medals of competitions; judging itself is by assignment.",
    ),
    Action.GIVE_ROLES: ("授予角色", "Give and take roles; asks for a fresh proof of identity."),
    Action.READ_PEOPLE: ("查看人员", "Look people up and see what they hold."),
    Action.READ_AUDIT: ("查看审计日志", "Read the audit; to export it asks for a fresh proof."),
    Action.MANAGE_API_KEYS: (
        "管理接口密钥",
        "Make and end keys; asks for a fresh proof of identity.",
    ),
    Action.DISABLE_PEOPLE: (
        "停用和恢复账号",
        "Keep a person from signing in, or let them again; asks for a fresh proof of identity.",
    ),
    Action.SEND_ANY_DOCUMENT: (
        "发送任意查询",
        "Send documents that are not registered where only registered ones are executed.",
    ),
}

_CONTENT = frozenset({ScopeKind.DISTRICT, ScopeKind.TOWN, ScopeKind.PROGRAM})
_AREAS = frozenset({ScopeKind.DISTRICT, ScopeKind.TOWN})

ROLE_SCOPES: Mapping[Role, frozenset[ScopeKind]] = {
    Role.WORKER: frozenset(),
    Role.MERCHANT: frozenset({ScopeKind.PLACE}),
    Role.STATION_KEEPER: frozenset({ScopeKind.PLACE}),
    Role.EDITOR: _CONTENT,
    Role.REVIEWER: _CONTENT,
    Role.CASE_OFFICER: _AREAS,
    Role.MANAGER: _AREAS,
    Role.ADMINISTRATOR: frozenset({ScopeKind.DISTRICT}),
}
"""Where a role may be held. Whoever is signed in is a worker; that is not given."""

GIVING_ACTIONS: Mapping[Role, Action] = {
    role: Action.MANAGE_PLACE_STAFF
    if role in {Role.MERCHANT, Role.STATION_KEEPER}
    else Action.GIVE_ROLES
    for role in Role
}
"""What one has to be allowed to give or take a role."""

DECIDING_ACTIONS: Mapping[Role, Action] = {Role.MERCHANT: Action.DECIDE_MERCHANT_APPLICATION}
"""What one has to be allowed to decide where a role comes with a decision: for who has applied,
and for the place that the decision opens, which nobody runs yet.
"""

SERVICE_ACTIONS = frozenset(Action) - {
    Action.GIVE_ROLES,
    Action.MANAGE_API_KEYS,
    Action.DISABLE_PEOPLE,
}
"""What a key may be allowed: a stolen one must not be able to make others, nor to lock people
out.
"""

_NOBODY = "–"


def permissions_page() -> str:
    """`docs/permissions.md`, from the tables that decide."""
    return "\n".join([*_introduction(), *_roles(), *_scopes(), *_actions(), *_matrix(), ""])


def _introduction() -> list[str]:
    minutes = int(STEP_UP_LASTS.total_seconds()) // 60
    return [
        "# Permissions 权限",
        "",
        "<!-- Printed by `hub permissions print` from hub/auth.py and hub/permissions.py. -->",
        "",
        "Deny by default: what this page does not give is nobody's. A role is held for a scope",
        "and, if so given, until an instant; it reaches a thing that lies in that scope. Staff",
        "roles count only in a session with a second factor. A fresh proof of identity is one not",
        f"older than {minutes} minutes. Reading what is published needs no permission and no",
        "sign-in; nobody, whatever their role, sees anything else on the public path.",
        "",
    ]


def _roles() -> list[str]:
    rows = [
        (
            f"`{role.name}`",
            ROLE_NAMES[role][0],
            ROLE_NAMES[role][1],
            _kinds(ROLE_SCOPES[role]),
            "yes" if role in STAFF_ROLES else "no",
            _giving(role) if ROLE_SCOPES[role] else _NOBODY,
        )
        for role in Role
    ]
    service = ("service", "服务（接口密钥）", "A key of a front end on a server.", _NOBODY, "no")
    keys = (*service, f"`{Action.MANAGE_API_KEYS.name}`")
    header = ("Role", "中文", "Who", "Held for", "Staff", "Given and taken with")
    return ["## Roles 角色", "", *_table(header, [*rows, keys]), ""]


def _giving(role: Role) -> str:
    decision = DECIDING_ACTIONS.get(role)
    with_decision = f"; first given with `{decision.name}`" if decision else ""
    return f"`{GIVING_ACTIONS[role].name}`{with_decision}"


def _scopes() -> list[str]:
    rows = [(f"`{kind.name}`", *SCOPE_NAMES[kind]) for kind in ScopeKind]
    return ["## Scopes 范围", "", *_table(("Scope", "中文", "What lies in it"), rows), ""]


def _actions() -> list[str]:
    rows = [(f"`{action.name}`", *ACTION_NAMES[action]) for action in Action]
    return ["## Actions 操作", "", *_table(("Action", "中文", "What it allows"), rows), ""]


def _matrix() -> list[str]:
    header = ("Action", *(f"`{role.name}`" for role in Role), "service")
    rows = [
        (
            f"`{action.name}`",
            *(_kinds(PERMISSIONS[action].get(role, frozenset())) for role in Role),
            "if its key has it" if action in SERVICE_ACTIONS else _NOBODY,
        )
        for action in Action
    ]
    told = "The scopes for which a role allows an action; – where it does not."
    return ["## Who may do what 权限表", "", told, "", *_table(header, rows)]


def _kinds(kinds: frozenset[ScopeKind]) -> str:
    return ", ".join(kind.value for kind in ScopeKind if kind in kinds) or _NOBODY


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [header, tuple("---" for _ in header), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]

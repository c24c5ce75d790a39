"""The actions of the permissions, and the scopes of roles, as GraphQL enums."""

from hub.auth import Action, ScopeKind
from hub.permissions import ACTION_NAMES, SCOPE_NAMES
from schema.enums import describe_enum

describe_enum(
    Action,
    name="Permission",
    description="What can be allowed (操作权限); docs/permissions.md says to whom.",
    values={
        action: f"{english.removesuffix('.')} ({chinese})."
        for action, (chinese, english) in ACTION_NAMES.items()
    },
)
describe_enum(
    ScopeKind,
    description="How far a role reaches (范围).",
    values={
        kind: f"{english.removesuffix('.')} ({chinese})."
        for kind, (chinese, english) in SCOPE_NAMES.items()
    },
)

"""The roles of people as a GraphQL enum."""

from hub.auth import Role
from schema.enums import describe_enum

describe_enum(
    Role,
    description="What somebody is to the union (角色).",
    values={
        Role.WORKER: "Everybody who is signed in (小哥).",
        Role.MERCHANT: "Runs a shop of the friendly street (爱心商户).",
        Role.STATION_KEEPER: "Looks after a station or a service centre (驿站管理员).",
        Role.EDITOR: "Writes content (编辑).",
        Role.REVIEWER: "Approves content and applications (审核员).",
        Role.CASE_OFFICER: "Handles rights cases (办案人员).",
        Role.MANAGER: "Leads the district or a town (管理者).",
        Role.ADMINISTRATOR: "Runs the hub and gives roles (系统管理员).",
    },
)

"""The hub's configuration: frozen, read once from the environment with the prefix `HUB_`.

Units are in the names. A missing or weak setting stops the start with one message that names it.
"""

import secrets
from contextlib import suppress
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from hub.errors import SettingsInvalid
from hub.limit_settings import RateLimitSettings
from hub.media_settings import MediaSettings, media_problem
from hub.sign_in_settings import SignInSettings, sign_in_problem

_SECRET_MIN_CHARS = 32
_SECRET_MIN_DIFFERENT = 12


class Environment(StrEnum):
    """Where the hub runs: development makes keys and shows GraphiQL, production does neither."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class LogFormat(StrEnum):
    """How log lines are written: for people or for machines."""

    CONSOLE = "console"
    JSON = "json"


class Settings(MediaSettings, SignInSettings, RateLimitSettings, BaseSettings):
    """Every knob of the hub; see `docs/deployment.md` for what each is for."""

    model_config = SettingsConfigDict(env_prefix="HUB_", frozen=True, extra="ignore")

    env: Environment = Environment.DEVELOPMENT
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    workers: int = Field(default=1, ge=1, le=64)
    data_dir: Path = Path("var")
    database_url: str = ""
    redis_url: str = ""
    secret_key: str = ""
    log_format: LogFormat = LogFormat.CONSOLE
    log_level: str = "INFO"

    timezone: str = "Asia/Shanghai"
    public_url: str = Field(default="", pattern=r"^(https?://[^\s/?#]+)?$")
    certificate_prefix: str = Field(default="XG", pattern="^[A-Z][A-Z0-9]{0,9}$")
    certificate_page_url: str = Field(default="", pattern=r"^(https?://\S*\{number\}\S*)?$")
    review_required: bool = False
    review_merchant_wording: bool = False
    publish_poll_seconds: float = Field(default=5.0, gt=0)
    check_in_opens_minutes: int = Field(default=120, ge=0, le=7 * 24 * 60)
    check_in_closes_minutes: int = Field(default=120, ge=0, le=7 * 24 * 60)
    body_max_bytes: int = Field(default=256 * 1024, ge=1024)
    limits_warn_only: bool = False
    limit_tokens: int = Field(default=5_000, ge=1)
    limit_depth: int = Field(default=12, ge=1)
    limit_aliases: int = Field(default=50, ge=0)
    limit_root_mutations: int = Field(default=4, ge=1)
    limit_cost: int = Field(default=50_000, ge=1)
    document_cache_entries: int = Field(default=1_000, ge=1)
    documents_enabled: bool = False
    documents_enforced: bool = False

    response_cache_bytes: int = Field(default=32 * 1024 * 1024, ge=0)
    response_cache_entry_bytes: int = Field(default=512 * 1024, ge=1)
    response_cache_seconds: int = Field(default=300, ge=1)
    response_cache_poll_seconds: float = Field(default=0.4, gt=0, le=0.8)
    response_cache_public_seconds: int = Field(default=1, ge=0)

    introspection: bool | None = None
    graphiql: bool | None = None
    cors_origins: list[str] = Field(default_factory=list)

    metrics_allowed: list[IPv4Network | IPv6Network] = Field(
        default=["127.0.0.0/8", "::1/128"], validate_default=True
    )

    request_timeout_seconds: float = Field(default=10.0, gt=0)
    header_timeout_seconds: float = Field(default=10.0, gt=0)
    body_timeout_seconds: float = Field(default=10.0, gt=0)
    concurrency_max: int = Field(default=512, ge=1)

    database_pool_max: int = Field(default=12, ge=1, le=100)
    database_command_timeout_seconds: float = Field(default=3.0, gt=0)
    database_connect_timeout_seconds: float = Field(default=2.0, gt=0)
    database_acquire_timeout_seconds: float = Field(default=1.5, gt=0)

    worker_inline: bool | None = None
    worker_concurrency: int = Field(default=8, ge=1, le=64)
    worker_poll_seconds: float = Field(default=1.0, gt=0, le=60)
    worker_lease_seconds: float = Field(default=30.0, ge=1, le=3600)

    @property
    def is_development(self) -> bool:
        """True outside production: GraphiQL and introspection are on, a missing key is made."""
        return self.env is Environment.DEVELOPMENT

    @property
    def shows_introspection(self) -> bool:
        """Whether anonymous callers may introspect: by default in development only."""
        return self.is_development if self.introspection is None else self.introspection

    @property
    def shows_graphiql(self) -> bool:
        """Whether browsers get GraphiQL at `/graphql`: by default in development only."""
        return self.is_development if self.graphiql is None else self.graphiql

    @property
    def runs_tasks(self) -> bool:
        """Whether the server does background work itself: unless said, with one server process."""
        return self.workers == 1 if self.worker_inline is None else self.worker_inline

    @property
    def resolved_database_url(self) -> str:
        """The database's address: `HUB_DATABASE_URL`, else an SQLite file in the data folder."""
        return self.database_url or f"sqlite://{self.data_dir / 'hub.sqlite3'}"

    @property
    def resolved_public_url(self) -> str:
        """The hub's address as people reach it: `HUB_PUBLIC_URL`, else where it listens.

        One that listens everywhere is reached on this machine at least.
        """
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host  # noqa: S104
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def uses_sqlite(self) -> bool:
        """True on the embedded database, which wants one writer process."""
        return self.resolved_database_url.startswith("sqlite:")


def load_settings() -> Settings:
    """Read and check the environment.

    Raises SettingsInvalid naming the first setting that is missing, weak or not understood. In
    development a missing secret key is made once and kept in the data folder.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "HUB_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsInvalid(f"{name}: {first['msg']}") from error
    except SettingsError as error:
        name = f"HUB_{_field_named_in(error).upper()}"
        raise SettingsInvalid(f'{name}: write a list as JSON, like ["a", "b"]') from error
    _check(settings)
    return settings.model_copy(update={"secret_key": _secret_key(settings)})


_installed: list[Settings] = []


def install_settings(settings: Settings) -> None:
    """Make `settings` those of this process; the composition root does it once, and tests do."""
    _installed[:] = [settings]


def current_settings() -> Settings:
    """The settings of this process: those installed, else read from the environment once."""
    if not _installed:
        install_settings(load_settings())
    return _installed[0]


def _field_named_in(error: SettingsError) -> str:
    """The setting that pydantic could not even parse; it says so in its words only."""
    return next((name for name in Settings.model_fields if f'"{name}"' in str(error)), "?")


def _check(settings: Settings) -> None:
    if not _is_database_url(settings.resolved_database_url):
        raise SettingsInvalid("HUB_DATABASE_URL: use sqlite://PATH or postgres://USER@HOST/NAME")
    if not _is_timezone(settings.timezone):
        raise SettingsInvalid("HUB_TIMEZONE: use a name of the IANA list, like Asia/Shanghai")
    if settings.uses_sqlite and settings.workers > 1:
        raise SettingsInvalid(
            "HUB_WORKERS: SQLite takes one writer process; set 1, or use PostgreSQL"
        )
    if settings.documents_enforced and not settings.documents_enabled:
        raise SettingsInvalid(
            "HUB_DOCUMENTS_ENFORCED: nothing is registered unless HUB_DOCUMENTS_ENABLED is true too"
        )
    if not settings.is_development and not _is_strong(settings.secret_key):
        raise SettingsInvalid(
            f"HUB_SECRET_KEY: production needs at least {_SECRET_MIN_CHARS} random characters; "
            "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    if problem := sign_in_problem(settings, is_development=settings.is_development):
        raise SettingsInvalid(problem)
    if problem := media_problem(settings):
        raise SettingsInvalid(problem)


def _is_database_url(url: str) -> bool:
    scheme, _, rest = url.partition(":")
    if scheme == "sqlite":  # a file: in memory every connection would have a database of its own
        return rest.removeprefix("//") not in ("", ":memory:")
    try:
        return scheme in ("postgres", "postgresql") and urlsplit(url).port != 0
    except ValueError:
        return False


def _is_strong(secret: str) -> bool:
    return len(secret) >= _SECRET_MIN_CHARS and len(set(secret)) >= _SECRET_MIN_DIFFERENT


def _is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        return False
    return True


def _secret_key(settings: Settings) -> str:
    """The configured key, or in development the one kept in the data folder, made when missing."""
    if settings.secret_key:
        return settings.secret_key
    path = settings.data_dir / "secret.key"
    try:
        if not path.exists():
            _make_secret(path)
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise SettingsInvalid(f"HUB_DATA_DIR: {path} cannot be kept: {error.strerror}") from error


def _make_secret(path: Path) -> None:
    """Put a new key at `path`, whole or not at all; the first of several processes wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    draft.touch(mode=0o600)
    try:
        draft.write_text(secrets.token_urlsafe(48), encoding="ascii")
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()

"""The environment of a rehearsed function: what the template says, led to this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.core.database_url import DatabaseUrl, parse_database_url
from rdspatch.core.errors import BadSettings, Problem
from rdspatch.core.settings import Tls

if TYPE_CHECKING:
    from pathlib import Path

    from rdspatch.rehearsal.invocation import FunctionSpec

# These belong to ways in and out that the rehearsal does not take (IAM tokens, TLS).
LEFT_OUT = ("RDSPATCH_DATABASE_USER", "RDSPATCH_DATABASE_CA_BUNDLE")


def local_database(url: str) -> DatabaseUrl:
    """Read the URL of a database on this machine.

    Raises:
        BadSettings: it cannot be read, or leads over a network: a rehearsal never touches such a database.
    """
    database = parse_database_url(url)
    if database.settings.tls is Tls.VERIFY_FULL:
        what = f"leads over a network, to {database.settings.host}; a rehearsal stays on this machine"
        instead = "write postgresql://user@/name?host=/directory/of/the/socket"
        raise BadSettings([Problem(where="--database", what=what, instead=instead)])
    return database


def rds_secret(database: DatabaseUrl) -> dict[str, str | int]:
    """Return the login as RDS keeps it in Secrets Manager."""
    return {
        "engine": "postgres",
        "host": database.settings.host,
        "port": database.settings.port,
        "dbname": database.settings.name,
        "username": database.user,
        "password": database.password or "none is asked for here",
    }


def aws_variables(function: FunctionSpec, *, region: str, endpoint_url: str) -> dict[str, str]:
    """Return what the Lambda service itself sets, and what leads the SDK to the simulated AWS."""
    return {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": "rehearsal",
        "AWS_SECRET_ACCESS_KEY": "rehearsal",
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "POWERTOOLS_TRACE_DISABLED": "true",
    }


def rdspatch_variables(
    function: FunctionSpec, *, database: DatabaseUrl, secret_arn: str, health_url: str, patches: Path
) -> dict[str, str]:
    """Return the function's own variables: the template's, with what is different on this machine replaced.

    A function that was not given a database must not find one here.
    """
    settings = database.settings
    here = {
        "RDSPATCH_DATABASE_HOST": settings.host,
        "RDSPATCH_DATABASE_PORT": str(settings.port),
        "RDSPATCH_DATABASE_NAME": settings.name,
        "RDSPATCH_DATABASE_AUTH": "secret",
        "RDSPATCH_DATABASE_SECRET_ARN": secret_arn,
        "RDSPATCH_DATABASE_TLS": settings.tls.value,
        "RDSPATCH_PATCHES": str(patches),
    }
    variables = {name: value for name, value in function.environment.items() if name not in LEFT_OUT}
    if "RDSPATCH_DATABASE_HOST" in variables:
        variables |= here
    if "RDSPATCH_HEALTH_URL" in variables:
        variables["RDSPATCH_HEALTH_URL"] = health_url
    return variables

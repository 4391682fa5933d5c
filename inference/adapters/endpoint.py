"""Where a hosted model is called and how long that may take; configuration only, no library is loaded."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from inference.adapters.secrets import SecretName


def _address(value: str) -> str:
    """Refuse what is no plain http address; credentials belong into a secret, and never into an address."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("an address such as https://host/v1 is needed")
    if parts.username is not None or parts.password is not None:
        raise ValueError("name a secret instead of writing credentials into the address")
    if parts.query or parts.fragment:
        raise ValueError("the address may hold neither a query nor a fragment")
    return value.rstrip("/")


Address = Annotated[str, Field(max_length=300), AfterValidator(_address)]
Seconds = Annotated[float, Field(gt=0, le=1800)]


class TimeLimits(BaseModel):
    """How long each part of a call may take, in seconds; below CALL_SECONDS, the arena's limit of an answer.

    Attributes:
        connect: until the connection stands.
        first_byte: from the request to the beginning of the answer.
        silence: between two pieces of the answer.
        total: the call as a whole, whatever the pieces do.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    connect: Seconds = 10
    first_byte: Seconds = 60
    silence: Seconds = 30
    total: Seconds = 100


class Endpoint(BaseModel):
    """A model behind an OpenAI-compatible address."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: Address = Field(description="The address up to and with /v1.")
    model: str = Field(min_length=1, max_length=200, description="The model's name at that address.")
    secret: SecretName | None = Field(
        default=None, description="The name of the stored key; none for a server that asks for none."
    )
    limits: TimeLimits = TimeLimits()

"""What no schema can say of a request, so that a refusal of a request that fits its schema is right.

Each entry says why. Everything else that is refused though it fits its schema is a failure.
"""

import json
import re

import schemathesis
from schemathesis.openapi.checks import RejectedPositiveData

VIOLATIONS = [
    # A page token is what an earlier answer gave; one that is made up, or is of another question, is refused.
    (r"pageToken", r"must come from an earlier answer"),
    # One product has one price, also where an order has two lines of it.
    (r"items\[\d+\]\.price", r"must be that of the product's other line"),
    # Users that an Admin has created, and whom an Admin orders for, may have no address.
    (r"shippingAddress", r"is required, for the customer's profile has no address"),
    # No pattern can say which texts are the same to a reader.
    (r"username", r"must be in its plain form"),
    # The list of passwords that are guessed first is long, and no secret, and not a part of the description.
    (r"password", r"must not be one that is guessed first"),
]

PROBLEMS = {
    # A key that was used for another request; the description's example is sent with many bodies.
    "IDEMPOTENCY_KEY_REUSED",
    # A body may be too large though none of its parts is.
    "PAYLOAD_TOO_LARGE",
}

OAUTH_ERRORS = [
    # Tokens, scopes and audiences that are made up are of nobody.
    ("invalid_grant", r""),
    ("invalid_scope", r""),
    ("invalid_target", r""),
    ("unauthorized_client", r""),
    ("invalid_request", r"The subject_token is not valid\."),
    # A client authenticates once: what may stand in the form depends on the header.
    ("invalid_request", r"The client authenticates in the header or in the form, not in both\."),
    ("invalid_request", r"client_id is another one than the header's\."),
]


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Keeps every failure but the refusals above."""
    return not (isinstance(failure, RejectedPositiveData) and is_known(response))


def is_known(response):
    try:
        body = json.loads(response.content)
    except ValueError:
        return False
    if "error" in body:
        return any(
            body["error"] == error and re.match(description, body.get("error_description", ""))
            for error, description in OAUTH_ERRORS
        )
    errors = body.get("errors", [])
    return body.get("code") in PROBLEMS or (
        len(errors) > 0 and all(is_known_violation(one["field"], one["message"]) for one in errors)
    )


def is_known_violation(field, message):
    return any(re.fullmatch(name, field) and re.match(said, message) for name, said in VIOLATIONS)

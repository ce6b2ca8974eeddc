"""Ids that exist, for requests that are otherwise made up.

A made-up UUID names nothing, so without this every accepted request would be out of reach. Only values
that are UUIDs already are replaced, and about half of them, so that unknown ids are tried too.
"""

import json
import uuid

import schemathesis

KNOWN = {
    "template_id": ["7e000000-0000-4000-8000-000000000015", "7e000000-0000-4000-8000-000000000104"],
    "avatar_id": ["a7000000-0000-4000-8000-000000000001"],
    "override_avatar": ["a7000000-0000-4000-8000-000000000002"],
    "voice_id": ["b0000000-0000-4000-8000-000000000001"],
    "override_voice": ["b0000000-0000-4000-8000-000000000002"],
}


def is_uuid(value):
    try:
        uuid.UUID(value)
    except (ValueError, AttributeError, TypeError):
        return False
    return True


def with_known_ids(value):
    """The same body with ids that exist in the place of half of the others."""
    if isinstance(value, list):
        return [with_known_ids(item) for item in value]
    if not isinstance(value, dict):
        return value
    changed = {}
    for name, item in value.items():
        known = KNOWN.get(name)
        if known and is_uuid(item):
            seed = sum(json.dumps(value, sort_keys=True, default=str).encode())
            item = known[seed % len(known)] if seed % 2 == 0 else item
        changed[name] = with_known_ids(item)
    return changed


@schemathesis.hook
def map_body(context, body):
    return with_known_ids(body)

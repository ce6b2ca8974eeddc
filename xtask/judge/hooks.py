"""Ids that exist, for requests that are otherwise made up.

A made-up UUID names nothing, so without this every accepted request would be out of reach. The judge makes
one thing of each kind before it begins and names them in JUDGE_KNOWN: a link, and by the paths of their
families jobs that have their previews. Only values that are UUIDs already are replaced, and about half of
them, so that unknown ids are tried too.
"""

import json
import os
import uuid

import schemathesis

MADE = json.loads(os.environ.get("JUDGE_KNOWN", "{}"))
KNOWN = {
    "template_id": ["7e000000-0000-4000-8000-000000000015", "7e000000-0000-4000-8000-000000000104"],
    "avatar_id": ["a7000000-0000-4000-8000-000000000001"],
    "override_avatar": ["a7000000-0000-4000-8000-000000000002"],
    "voice_id": ["b0000000-0000-4000-8000-000000000001"],
    "override_voice": ["b0000000-0000-4000-8000-000000000002"],
    "link": MADE.get("link", []),
    "media_job": MADE.get("media_job", []),
}


def is_uuid(value):
    try:
        uuid.UUID(value)
    except (ValueError, AttributeError, TypeError):
        return False
    return True


def one_of(known, value):
    """A known id in the place of half of the values; the same for the same value."""
    seed = sum(json.dumps(value, sort_keys=True, default=str).encode())
    return known[seed // 2 % len(known)] if known and seed % 2 == 0 else None


def with_known_ids(value):
    """The same body with ids that exist in the place of half of the others."""
    if isinstance(value, list):
        return [with_known_ids(item) for item in value]
    if not isinstance(value, dict):
        return value
    changed = {}
    for name, item in value.items():
        known = one_of(KNOWN.get(name, []), value) if is_uuid(item) else None
        changed[name] = with_known_ids(item) if known is None else known
    return changed


def made_below(path):
    """What the judge made in the family of a path, such as /api/link_to_videos/{id}/render/."""
    return MADE.get(path.split("/")[2], [])


@schemathesis.hook
def map_body(context, body):
    return with_known_ids(body)


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    if not path_parameters or not is_uuid(path_parameters.get("id")):
        return path_parameters
    known = one_of(made_below(context.operation.path), path_parameters)
    return path_parameters if known is None else {**path_parameters, "id": known}


@schemathesis.hook
def map_query(context, query):
    if not query or not isinstance(query.get("ids"), str):
        return query
    known = one_of([",".join(made_below(context.operation.path))], query)
    return query if not known else {**query, "ids": known}
